"""Notices by mail, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage

from feedback.alerts.letter import subject, text
from feedback.sending.destination import RefusedByReceiverError, UnreachableError


@dataclass(frozen=True)
class Mail:
    """A mail server that takes what we send.

    Parameters
    ----------
    host, port
        Where it listens.
    sender
        Address that the mails come from.
    workspace
        Named in every mail.
    starttls
        Whether the connection is encrypted before anything is said. Default true.
    user, password
        Of the server; None where it asks for none.
    timeout
        Seconds to wait for it. Default 20.
    """

    host: str
    port: int
    sender: str
    workspace: str
    starttls: bool = True
    user: str | None = None
    password: str | None = None
    timeout: float = 20.0

    def deliver(self, notice_id: str, notice: Mapping[str, object]) -> None:
        """Send one notice to its owner; its id is the Message-ID, so a mail program shows a repeated one once.

        Raises
        ------
        UnreachableError
            If the server does not answer, or asks to try later.
        RefusedByReceiverError
            If it does not take the mail, or the owner is no address.
        """
        if "@" not in str(notice["owner"]):
            raise RefusedByReceiverError(f"owner {notice['owner']!r} is no mail address; name one in the rule")
        letter = EmailMessage()
        letter["From"], letter["To"] = self.sender, str(notice["owner"])
        letter["Subject"] = subject(notice)
        letter["Message-ID"] = f"<{notice_id}@supplyloop>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text(notice, self.workspace))
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user is not None:
                    server.login(self.user, self.password or "")
                server.send_message(letter)
        except smtplib.SMTPResponseException as error:
            _refused(error.smtp_code, str(error))
        except smtplib.SMTPRecipientsRefused as error:
            [(code, said), *_] = error.recipients.values()
            _refused(code, said.decode(errors="replace"))
        except (smtplib.SMTPException, OSError) as error:
            raise UnreachableError(f"{type(error).__name__} at {self.host}:{self.port}: {error}") from error


def _refused(code: int, said: str) -> None:
    """4xx of SMTP asks to try again, 5xx is for good (RFC 5321, 4.2.1)."""
    if 400 <= code < 500:
        raise UnreachableError(f"the mail server said {code}: {said}")
    raise RefusedByReceiverError(f"the mail server said {code}: {said}")
