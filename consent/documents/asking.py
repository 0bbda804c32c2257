"""Ask one address over HTTP, and wait for no more than was agreed: neither for time nor for bytes.

Only http and https, no redirection is followed, and however slowly an answer drips, whoever asks goes on in time.
"""

from __future__ import annotations

import queue
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit


class NoAnswer(Exception):
    """`code` is unreachable, took-too-long, too-large, refused or bad-answer (of another kind than asked for)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Question:
    """What is asked: a body to send (POST), or none (GET). `kind`: the media type of the body.

    `accepts`: the media type that the answer must have; without it any, for an answer that is known by its signature.
    """

    url: str
    body: bytes | None = None
    kind: str | None = None
    accepts: str | None = None


def is_asked(url: str) -> bool:
    """Whether an address is one that is asked at all: http or https, and a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def ask(question: Question, seconds: float, largest: int) -> bytes:
    """Return the body of the answer, at most `largest` bytes, within so many seconds in all. Raises: NoAnswer."""
    if seconds <= 0:
        raise NoAnswer("took-too-long")
    answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()

    def send() -> None:
        try:
            answers.put(_send(question, seconds, largest))
        except Exception as error:  # whatever it is, it is told to the one who waits
            answers.put(error)

    threading.Thread(target=send, daemon=True, name="asking").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise NoAnswer("took-too-long") from None
    if isinstance(answer, NoAnswer):
        raise answer
    if isinstance(answer, Exception):
        raise NoAnswer("unreachable") from answer
    return answer


def _opener() -> urllib.request.OpenerDirector:
    """Return what asks over HTTP, through the machine's proxy if it has one; without what follows redirections."""
    opener = urllib.request.OpenerDirector()
    for kind in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
    ):
        opener.add_handler(kind())
    return opener


def _send(question: Question, seconds: float, largest: int) -> bytes:
    """Raises: NoAnswer (refused, too-large, bad-answer), OSError."""
    if not is_asked(question.url):
        raise NoAnswer("refused")
    headers = {"Accept": question.accepts} if question.accepts is not None else {}
    if question.kind is not None:
        headers["Content-Type"] = question.kind
    request = urllib.request.Request(question.url, data=question.body, headers=headers)  # noqa: S310 -- see is_asked
    try:
        with _opener().open(request, timeout=seconds) as answer:
            if question.accepts not in (None, answer.headers.get_content_type()):
                raise NoAnswer("bad-answer")
            body: bytes = answer.read(largest + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise NoAnswer("refused") from error
    if len(body) > largest:
        raise NoAnswer("too-large")
    return body
