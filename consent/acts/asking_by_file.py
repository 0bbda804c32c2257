"""Ask about a file instead of an ID: which of our pictures is it? The dropped file is compared and not kept."""

from __future__ import annotations

from dataclasses import dataclass

from consent.acts import matching, pictures
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.images.preview import preview
from consent.rules.access import Act
from consent.rules.identifiers import ImageId

NO_SUCH_FILE = ImageId("unknown-file")
"""Stands where an image ID would, when a file is asked about that is none of ours."""

SMALL = 320


@dataclass(frozen=True)
class Dropped:
    """What a dropped file may be. `exact`: it is that very file; else `likely` are for a person to compare.

    `shown` is the dropped picture and `likely` the candidates, best first, each as a small JPEG.
    """

    exact: ImageId | None = None
    shown: bytes = b""
    likely: tuple[tuple[ImageId, bytes], ...] = ()


def compare(house: House, actor: Actor, data: bytes) -> Dropped:
    """Find out which picture the file may be. Opening candidates is a custody entry.

    Raises: Refused: role, picture-... (field 'file') if it is neither a file of ours nor a readable picture.
    """
    actor.must(Act.LOOK_UP_BY_FILE)
    found = matching.matching(house, data)
    exact = [each.image for each in found if each.is_exact]
    if exact:
        return Dropped(exact=exact[0])
    opened = pictures.open_candidates(house, actor, tuple(each.image for each in found))
    likely = tuple((each.image, opened[each.image]) for each in found if each.image in opened)
    return Dropped(shown=preview(data, SMALL) if likely else b"", likely=likely)


def compare_digest(house: House, actor: Actor, digest: str) -> Dropped:
    """Find the film or sound with this SHA-256. Raises: Refused('role')."""
    actor.must(Act.LOOK_UP_BY_FILE)
    found = matching.matching_digest(house, digest)
    return Dropped(exact=found[0].image if found else None)
