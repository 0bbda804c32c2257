"""A drawn signature as the browser sends it: strokes of points, x to the right and y down, in CSS pixels."""

from __future__ import annotations

import json
import math

from consent.acts.hands import Strokes, Times

# Far more than any hand draws: they only keep a page from being sent that no printer could print.
MOST_STROKES, MOST_POINTS, LONGEST = 10_000, 100_000, 4_000_000


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
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return (), ()
    points = [number for stroke in strokes for point in stroke for number in point]
    sane = len(strokes) <= MOST_STROKES and len(points) <= 2 * MOST_POINTS and all(map(math.isfinite, points))
    return (strokes, times) if sane else ((), ())


def sent_again(strokes: Strokes, times: Times) -> str:
    """Return the strokes as the browser sends them, to be drawn on the page once more."""
    lines = [
        [
            {"x": x, "y": y, **({"t": times[line][at]} if line < len(times) and at < len(times[line]) else {})}
            for at, (x, y) in enumerate(stroke)
        ]
        for line, stroke in enumerate(strokes)
    ]
    return json.dumps(lines, separators=(",", ":")) if lines else ""
