"""Whoever has not signed in may send a large file to be checked; a few of them at once, so that the others get on.

To take megabytes apart keeps a thread busy for seconds, and there are four in each process. Nobody waits in line: that
would keep his thread as well.
"""

from __future__ import annotations

import threading

from flask import abort, g, request
from flask_login import current_user

LARGE = 1 << 20
"""Bytes. Everything that patients send is smaller."""
AT_ONCE = 2
_places = threading.BoundedSemaphore(AT_ONCE)


def take_place() -> None:
    """Take one of the places of this process for a large body of a stranger's, before it is read.

    Answers 429 where none is free. A body of unknown length counts as large.
    """
    length = request.content_length
    unknown = length is None and request.method == "POST"
    if not unknown and (length or 0) <= LARGE:
        return
    if current_user.is_authenticated:
        return
    if not _places.acquire(blocking=False):
        abort(429)
    g.has_place = True


def leave_place(_error: BaseException | None = None) -> None:
    """Give the place back, if this request has one."""
    if g.pop("has_place", False):
        _places.release()
