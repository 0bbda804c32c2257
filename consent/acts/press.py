"""One thread that prints ahead, in the process that serves the pages: what it does not get to is printed at Finish."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

MOST_WAITING = 16
"""Beyond so many, nothing more is taken: whoever presses Finish then waits for his own paper."""
_log = logging.getLogger("consent.press")


class Press:
    """Takes work by name, does one after the other, and of one name the newest only. Safe to use from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, Callable[[], object]] = {}
        self._busy_with = ""
        self._thread: threading.Thread | None = None

    def ask(self, name: str, work: Callable[[], object]) -> None:
        """Have it done soon, unless too much waits already. Nothing is lost if it never is."""
        with self._changed:
            if name not in self._waiting and len(self._waiting) >= MOST_WAITING:
                return
            self._waiting.pop(name, None)
            self._waiting[name] = work
            # Begun with the first work: a process that was forked has none of its parent's threads.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="press", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def settle(self, name: str, seconds: float) -> None:
        """Wait until what was begun under this name is done; what was not begun is dropped."""
        until = time.monotonic() + seconds
        with self._changed:
            self._waiting.pop(name, None)
            while self._busy_with == name and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                self._busy_with = next(iter(self._waiting))
                work = self._waiting.pop(self._busy_with)
            try:
                work()
            except Exception as error:
                # The kind alone: a message may quote what somebody typed.
                _log.warning("nothing was printed ahead: %s", type(error).__name__)
            with self._changed:
                self._busy_with = ""
                self._changed.notify_all()
