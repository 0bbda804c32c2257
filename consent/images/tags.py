"""The first directory of a TIFF structure: where EXIF keeps the orientation and MPF the number of pictures.

Read here rather than by an imaging library, because a damaged EXIF block must not cost the picture, and
because two small numbers are all that is wanted of it.
"""

from __future__ import annotations

import struct

ORIENTATION = 0x0112
NUMBER_OF_PICTURES = 0xB001
_SHORT, _LONG = 3, 4


def first_directory(block: bytes) -> dict[int, int]:
    """Return the single SHORT and LONG values of the first directory; nothing if the block is damaged."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return {}
    start: int = struct.unpack_from(order + "I", block, 4)[0]
    if start + 2 > len(block):
        return {}
    count = struct.unpack_from(order + "H", block, start)[0]
    found: dict[int, int] = {}
    for at in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, values = struct.unpack_from(order + "HHI", block, at)
        if values == 1 and kind in (_SHORT, _LONG):
            found[tag] = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), block, at + 8)[0]
    return found


def orientation(block: bytes) -> int:
    """Return EXIF's orientation, 1 to 8; 1 (upright) if it is missing, damaged or nonsense."""
    value = first_directory(block.removeprefix(b"Exif\0\0")).get(ORIENTATION, 1)
    return value if 1 <= value <= 8 else 1
