"""Sending what approval froze: once in effect, byte-identical whenever it is repeated."""

from feedback.sending.destination import (
    Answer,
    Destination,
    File,
    FileDestination,
    RefusedByReceiverError,
    UnreachableError,
)
from feedback.sending.drop_folder import DropFolder
from feedback.sending.fence import HeldElsewhereError, sender_fence
from feedback.sending.files import Files
from feedback.sending.place import LocalFolder, Place
from feedback.sending.preview import Going, Outgoing, going, outgoing
from feedback.sending.sender import Backoff, Sent, send
from feedback.sending.sql_table import SqlTable
from feedback.sending.webhook import Webhook

__all__ = [
    "Answer",
    "Backoff",
    "Destination",
    "DropFolder",
    "File",
    "FileDestination",
    "Files",
    "Going",
    "HeldElsewhereError",
    "LocalFolder",
    "Outgoing",
    "Place",
    "RefusedByReceiverError",
    "Sent",
    "SqlTable",
    "UnreachableError",
    "Webhook",
    "going",
    "outgoing",
    "send",
    "sender_fence",
]
