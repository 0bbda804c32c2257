"""Hands over one message. What is owed, to whom and how often it is tried again is the notices' business.

Messages carry IDs and links, never anything about a patient.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Protocol

TIMEOUT_SECONDS = 20.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST_ADDRESS = 254

# The standard library's parser of addresses crashes on some that are none, so what is taken is said here.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\W_](?:[^\W_]|-){0,62}"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")

# What the server refused, most special first: our word for it, and whether it is about this one message.
_REFUSALS: Mapping[type[smtplib.SMTPResponseException], tuple[str, bool]] = {
    smtplib.SMTPDataError: ("message-refused", True),
    smtplib.SMTPAuthenticationError: ("sign-in-refused", False),
    smtplib.SMTPSenderRefused: ("sender-refused", False),
    smtplib.SMTPResponseException: ("server-refused", False),
}


class MailFailed(Exception):
    """The message was not taken. `permanent`: trying the same again is useless.

    `code` is one of our words, with the server's three digits where it gave some; never the server's own
    sentence, which may quote the address.
    """

    def __init__(self, code: str, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


@dataclass(frozen=True)
class Message:
    """One plain-text message to one bare address. `reference` makes repeats of one notice recognisable.

    Raises: MailFailed (permanent) if a header would not be one line or the address is not exactly one.
    """

    to: str
    subject: str
    body: str
    reference: str = ""

    def __post_init__(self) -> None:
        check_address(self.to)
        if not self.subject.isprintable():
            raise MailFailed("bad-subject", permanent=True)
        if not all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in self.reference):
            raise MailFailed("bad-reference", permanent=True)
        try:
            self.body.encode("utf-8")
        except UnicodeEncodeError:
            raise MailFailed("bad-body", permanent=True) from None


class Mailer(Protocol):
    """Whoever can hand over a message."""

    def send(self, message: Message) -> None:
        """Afterwards somebody else has taken responsibility for the message. Raises: MailFailed."""


class Security(StrEnum):
    """How the way to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class SmtpMailer:
    """Hands over to a mail server, on a connection of its own for each message.

    `trust` replaces the system's certificate authorities. The password goes out only under TLS, or on loopback.
    """

    host: str
    port: int
    sender: str
    clock: Callable[[], datetime]
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)
    timeout: float = TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        check_address(self.sender)
        if self.username and self.security is Security.NONE and self.host not in LOOPBACK:
            raise ValueError("A mail password is sent only over TLS; set starttls or tls.")

    def send(self, message: Message) -> None:
        """Afterwards the server has accepted the message. Raises: MailFailed."""
        letter = self._letter(message)
        try:
            connection = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            raise _failure(error) from None
        try:
            connection.send_message(letter, self.sender, [message.to])
        except smtplib.SMTPNotSupportedError:
            connection.close()
            # The server takes no address with letters beyond ASCII.
            raise MailFailed("address-not-supported", permanent=True) from None
        except (smtplib.SMTPException, OSError) as error:
            connection.close()
            raise _failure(error) from None
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            # It was accepted already: calling this a failure would send it twice.
            connection.close()

    def _connected(self) -> smtplib.SMTP:
        context = self.trust or ssl.create_default_context()
        connection: smtplib.SMTP
        if self.security is Security.TLS:
            connection = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.security is Security.STARTTLS:
                connection.starttls(context=context)
            if self.username:
                connection.login(self.username, self.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self.sender
        letter["To"] = message.to
        letter["Subject"] = message.subject
        letter["Date"] = self.clock().astimezone(UTC)
        if message.reference:
            letter["Message-ID"] = f"<{message.reference}@{self.sender.rpartition('@')[2]}>"
        # RFC 3834: holiday replies and the like must not answer a machine.
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.body)
        return letter


@dataclass(frozen=True)
class AbsentMailer:
    """No mail server is set: nothing can be handed over, so what is owed stays owed, and is escalated."""

    def send(self, message: Message) -> None:
        """Hand nothing over. Raises: MailFailed, always, and never for good."""
        raise MailFailed("no-mail-server", permanent=False)


@dataclass(frozen=True)
class KeptMessage:
    """A message that a demonstration did not send."""

    at: datetime
    to: str
    subject: str
    body: str


@dataclass(frozen=True)
class KeptMailer:
    """Sends nothing: keeps each message as a line of a file (mode 0600), for a page to show. Demonstration only."""

    path: Path
    clock: Callable[[], datetime]

    def send(self, message: Message) -> None:
        """Afterwards the message is the last line of the file. Raises: MailFailed."""
        at = self.clock().astimezone(UTC).isoformat()
        entry = {"at": at, "to": message.to, "subject": message.subject, "body": message.body}
        line = json.dumps(entry).encode("ascii") + b"\n"
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                # One write to a file opened for appending: two writers never mix their lines.
                file.write(line)
        except OSError as error:
            raise MailFailed("cannot-keep", permanent=False) from error

    def kept(self) -> tuple[KeptMessage, ...]:
        """Give what would have been sent, oldest first."""
        if not self.path.exists():
            return ()
        entries = [json.loads(line) for line in self.path.read_text("ascii").splitlines()]
        return tuple(
            KeptMessage(datetime.fromisoformat(entry["at"]), entry["to"], entry["subject"], entry["body"])
            for entry in entries
        )


def check_address(address: str) -> None:
    """Raises: MailFailed (permanent) unless this is exactly one bare e-mail address on one line.

    Narrower than RFC 5321: no quoted names, no address literals, and ASCII before the @.
    """
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise MailFailed("bad-address", permanent=True)


def _failure(error: Exception) -> MailFailed:
    """What stopped this message; permanent only if another message might have passed where this one cannot."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        status = max(status for status, _ in error.recipients.values())
        return MailFailed(f"recipient-refused-{status}", permanent=500 <= status < 600)
    if isinstance(error, smtplib.SMTPResponseException):
        word, about_message = next(known for kind, known in _REFUSALS.items() if isinstance(error, kind))
        status = error.smtp_code
        return MailFailed(f"{word}-{status}", permanent=about_message and 500 <= status < 600)
    if isinstance(error, ssl.SSLError):
        return MailFailed("no-trusted-connection", permanent=False)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailFailed("server-cannot", permanent=False)
    return MailFailed("unreachable", permanent=False)
