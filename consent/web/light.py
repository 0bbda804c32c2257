"""Styles and scripts travel gzipped, squeezed once for each version of a file, and are the same for everybody.

Pages are not squeezed: they hold tokens, and what is squeezed together with what somebody can choose gives its length
away.
"""

from __future__ import annotations

import functools
import gzip
import time
from pathlib import Path

from flask import Flask, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.wrappers import Request, Response
from itsdangerous import BadSignature

SHRINKS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json"})
SMALL = 600  # bytes, which travel in one piece anyway


class PagesOnly(SecureCookieSessionInterface):
    """Sessions are for pages. With a cookie in its answer a style would be asked for again after each hand-over.

    A cookie that was written under a clock which has been set back since is as good as any other.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the browser's cookie holds, if we wrote it less than its life from now, on either side."""
        signer, cookie = self.get_signing_serializer(app), request.cookies.get(self.get_cookie_name(app))
        if signer is None or not cookie:
            return self.session_class()
        try:
            held, at = signer.loads(cookie, return_timestamp=True)
        except BadSignature:
            return self.session_class()
        # The signer's own check of the age takes none from the future: a second set back would send everybody away.
        age = abs(time.time() - at.timestamp())
        return self.session_class(held if age <= app.permanent_session_lifetime.total_seconds() else None)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session, unless a static file was asked for."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def squeeze(response: Response, folder: Path) -> Response:
    """Return the answer with its static file gzipped, if the browser takes that and the file shrinks."""
    if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in SHRINKS:
        return response
    response.vary.add("Accept-Encoding")
    length = response.content_length or 0
    if length < SMALL or not request.accept_encodings.quality("gzip"):
        return response
    file = folder / str((request.view_args or {}).get("filename", ""))
    known, _ = response.get_etag()
    squeezed = _squeezed(file, known or "")
    response.close()
    response.direct_passthrough = False
    response.set_data(squeezed)
    response.content_encoding = "gzip"
    # The same file in another dress: what a browser has of it is still good.
    response.set_etag(known or "", weak=True)
    return response


@functools.lru_cache(maxsize=200)
def _squeezed(file: Path, version: str) -> bytes:
    return gzip.compress(file.read_bytes(), 9, mtime=0)
