"""Finding the picture again: every fingerprint is compared, exactly, in memory.

No approximate index: what such an index misses is a withdrawn picture that nobody recognises.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np

from consent.images.fingerprint import THRESHOLD

_WORDS = 4  # 256 bits in words of 64
_NOBODY = -1
_AT_ONCE = 1 << 16
_Words = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
_Owners = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


class Matcher:
    """All fingerprints of all pictures of one organisation. Safe to use from several threads.

    About 40 bytes a fingerprint. A search sees every picture whose `add` had returned before it began.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hashes: _Words = np.zeros((1024, _WORDS), np.uint64)
        self._owners: _Owners = np.full(1024, _NOBODY, np.int64)
        self._used = 0
        self._names: list[str] = []
        self._rows: dict[str, list[int]] = {}
        self.catching_up = threading.Lock()
        self.through = 0
        """The number of the last change that was taken in; whoever takes in more holds `catching_up`."""

    def __len__(self) -> int:
        """How many pictures can be found."""
        return len(self._rows)

    def add(self, image_id: str, fingerprints: Iterable[bytes]) -> None:
        """Register a picture's fingerprints (32 bytes each), in place of any it had before.

        Raises:
            ValueError: a fingerprint does not have 32 bytes.
        """
        hashes = _words(tuple(fingerprints))
        with self._lock:
            self._forget(image_id)
            if not len(hashes):
                return
            self._make_room(len(hashes))
            rows = range(self._used, self._used + len(hashes))
            self._hashes[rows.start : rows.stop] = hashes
            self._owners[rows.start : rows.stop] = len(self._names)
            self._names.append(image_id)
            self._rows[image_id] = list(rows)
            self._used = rows.stop

    def remove(self, image_id: str) -> None:
        """Forget a picture; nothing happens if it was not known."""
        with self._lock:
            self._forget(image_id)

    def search(self, fingerprints: Iterable[bytes], threshold: int = THRESHOLD) -> list[tuple[str, int]]:
        """Return the pictures within `threshold` bits of any of the fingerprints, nearest first, then by ID.

        Raises:
            ValueError: a fingerprint does not have 32 bytes.
        """
        asked = _words(tuple(fingerprints))
        with self._lock:
            # Rows are only ever appended to or blanked in place; making room makes new arrays.
            hashes, owners, used, names = self._hashes, self._owners, self._used, self._names
        nearest: dict[int, int] = {}
        for start in range(0, used, _AT_ONCE):
            stop = min(start + _AT_ONCE, used)
            for one in asked:
                apart = np.bitwise_count(hashes[start:stop] ^ one).sum(axis=1, dtype=np.uint16)
                for row in np.flatnonzero(apart <= threshold):
                    owner = int(owners[start + row])
                    nearest[owner] = min(nearest.get(owner, 257), int(apart[row]))
        nearest.pop(_NOBODY, None)
        return sorted(((names[owner], far) for owner, far in nearest.items()), key=lambda hit: (hit[1], hit[0]))

    def _forget(self, image_id: str) -> None:
        rows = self._rows.pop(image_id, [])
        self._owners[rows] = _NOBODY
        # What was deleted is to be found in nobody's memory either; a search that is under way finds nobody's.
        self._hashes[rows] = 0

    def _make_room(self, wanted: int) -> None:
        """Move what is still wanted into larger arrays when the present ones are full."""
        if self._used + wanted <= len(self._owners):
            return
        size = 2 * (sum(map(len, self._rows.values())) + wanted) + 1024
        hashes: _Words = np.zeros((size, _WORDS), np.uint64)
        owners: _Owners = np.full(size, _NOBODY, np.int64)
        names: list[str] = []
        used = 0
        for image_id, rows in self._rows.items():
            fresh = range(used, used + len(rows))
            hashes[fresh.start : fresh.stop] = self._hashes[rows]
            owners[fresh.start : fresh.stop] = len(names)
            names.append(image_id)
            self._rows[image_id] = list(fresh)
            used = fresh.stop
        self._hashes, self._owners, self._names, self._used = hashes, owners, names, used


def _words(fingerprints: Sequence[bytes]) -> _Words:
    if any(len(one) != 32 for one in fingerprints):
        raise ValueError("a fingerprint has 32 bytes")
    return np.frombuffer(b"".join(fingerprints), np.uint64).reshape(-1, _WORDS)
