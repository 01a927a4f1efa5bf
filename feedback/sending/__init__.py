"""Sending what approval froze: once in effect, byte-identical whenever it is repeated."""

from feedback.sending.destination import Answer, Destination, RefusedByReceiverError, UnreachableError
from feedback.sending.drop_folder import DropFolder
from feedback.sending.fence import HeldElsewhereError, sender_fence
from feedback.sending.sender import Backoff, Sent, send
from feedback.sending.sql_table import SqlTable
from feedback.sending.webhook import Webhook

__all__ = [
    "Answer",
    "Backoff",
    "Destination",
    "DropFolder",
    "HeldElsewhereError",
    "RefusedByReceiverError",
    "Sent",
    "SqlTable",
    "UnreachableError",
    "Webhook",
    "send",
    "sender_fence",
]
