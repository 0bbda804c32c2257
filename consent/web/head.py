"""HEAD is GET without what it would show. To a page that tells reading from sending it must never look like sending."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class HeadAsGet:
    """The application, asked with GET whenever somebody asks with HEAD; the headers go out alone.

    A HEAD carries no CSRF token, and whatever looks at links ahead of a reader may send one.
    Source: RFC 9110, 9.3.2.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("REQUEST_METHOD") != "HEAD":
            return self.app(environ, start_response)
        shown: Any = self.app({**environ, "REQUEST_METHOD": "GET"}, start_response)
        if hasattr(shown, "close"):
            shown.close()
        return []
