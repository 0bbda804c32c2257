"""PDQ: 256 bits that stay nearly the same when a picture is saved again, resized or re-coloured a little.

Written here from the published description, because no package brings it ready to run: blur to 64 by 64, keep
the 16 by 16 slowest waves of the picture, note for each whether it is above their median.

Source: Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm" (2019).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

Plane: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_BLURRED = 64
_WAVES = 16
_PASSES = 2
_TOP_QUALITY = 100
# Steps of one per cent of full brightness; 90 of them make one point of quality.
_STEPS_PER_POINT = 90


def _wave_table() -> Plane:
    wave = np.arange(1, _WAVES + 1)[:, None]
    place = 2 * np.arange(_BLURRED)[None, :] + 1
    return np.asarray(np.sqrt(2 / _BLURRED) * np.cos(np.pi / 2 / _BLURRED * wave * place))


_TABLE = _wave_table()
# A wave mirrored about its middle keeps its sign if it is even. Waves are counted from one.
_SIGNS = np.where(np.arange(1, _WAVES + 1) % 2 == 1, -1.0, 1.0)


def quality_and_hash(grey: Plane) -> tuple[int, bytes]:
    """Return how much there is to go by, 0 to 100, and the hash, 32 bytes. `grey`: 0 to 255, rows by columns."""
    small = _small(grey)
    return _quality(small), _bits(_waves(small))


def quality_and_turned(grey: Plane) -> tuple[int, tuple[bytes, ...]]:
    """Return the quality and the hashes of the eight ways to turn and mirror the picture, upright first."""
    small = _small(grey)
    waves = _waves(small)
    turned: list[bytes] = []
    for plane in (waves, waves.T):
        for down in (1.0, _SIGNS[:, None]):
            turned.extend(_bits(plane * down * across) for across in (1.0, _SIGNS[None, :]))
    return _quality(small), tuple(turned)


def _small(grey: Plane) -> Plane:
    """Return the picture blurred, one value for each of 64 by 64 places."""
    blurred = np.asarray(grey, dtype=np.float64)
    rows, columns = blurred.shape
    for _ in range(_PASSES):
        blurred = _box(blurred, columns, axis=1)
        blurred = _box(blurred, rows, axis=0)
    down = ((np.arange(_BLURRED) + 0.5) * rows / _BLURRED).astype(int)
    across = ((np.arange(_BLURRED) + 0.5) * columns / _BLURRED).astype(int)
    return np.asarray(blurred[np.ix_(down, across)])


def _box(plane: Plane, length: int, axis: int) -> Plane:
    """Return the mean of a window around every place; the window is smaller at the edges."""
    window = (length + 2 * _BLURRED - 1) // (2 * _BLURRED)
    ahead = (window + 2) // 2
    behind = window - ahead
    sums = np.concatenate([np.zeros_like(plane.take([0], axis)), np.cumsum(plane, axis)], axis)
    place = np.arange(length)
    first = np.maximum(place - behind, 0)
    after = np.minimum(place + ahead, length)
    counts = (after - first).reshape(-1, 1) if axis == 0 else (after - first).reshape(1, -1)
    return np.asarray((sums.take(after, axis) - sums.take(first, axis)) / counts)


def _quality(small: Plane) -> int:
    steps = [np.abs(np.trunc(np.diff(small, axis=axis) * 100 / 255)).sum() for axis in (0, 1)]
    return min(_TOP_QUALITY, int(sum(steps) // _STEPS_PER_POINT))


def _waves(small: Plane) -> Plane:
    return np.asarray(_TABLE @ small @ _TABLE.T)


def _bits(waves: Plane) -> bytes:
    """Return one bit for each wave: is it stronger than the median (the lower of the middle two)?"""
    middle = np.sort(waves, axis=None)[waves.size // 2 - 1]
    return np.packbits(waves.ravel()[::-1] > middle).tobytes()
