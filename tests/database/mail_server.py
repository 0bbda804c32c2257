"""A real SMTP server for as long as a test runs, and what it was sent."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """The server's memory; it refuses while told to. `received` holds the exact bytes."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.refuses = False

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return "451 not now"
        self.received.append(bytes(envelope.content))
        return "250 taken"

    @property
    def messages(self) -> list[EmailMessage]:
        """What was sent, as a mail program reads it."""
        parsed = [email.message_from_bytes(each, policy=email.policy.default) for each in self.received]
        return [each for each in parsed if isinstance(each, EmailMessage)]


@contextmanager
def running() -> Iterator[tuple[Sink, int]]:
    """Start it on a free port of this machine; gives its memory and the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()
