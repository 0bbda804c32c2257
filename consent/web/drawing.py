"""A drawn signature as the browser sends it: strokes of points, x to the right and y down, in CSS pixels."""

from __future__ import annotations

import json
import math

Strokes = tuple[tuple[tuple[float, float], ...], ...]
Times = tuple[tuple[int, ...], ...]
MOST_STROKES, MOST_POINTS, LONGEST = 400, 40_000, 2_000_000


def drawn(sent: str) -> tuple[Strokes, Times]:
    """Return the strokes and, where they were sent, the times of their points; nothing for what is no drawing.

    A single dot is a drawing: nobody is refused for signing simply.
    """
    if not sent or len(sent) > LONGEST:
        return (), ()
    try:
        lines = [line for line in json.loads(sent) if line]
        strokes = tuple(tuple((float(point["x"]), float(point["y"])) for point in line) for line in lines)
        times = tuple(tuple(int(point.get("t", 0)) for point in line) for line in lines)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return (), ()
    points = [number for stroke in strokes for point in stroke for number in point]
    sane = len(strokes) <= MOST_STROKES and len(points) <= 2 * MOST_POINTS and all(map(math.isfinite, points))
    return (strokes, times) if sane else ((), ())
