"""Which of our pictures is this file? The very file by its SHA-256, a re-saved or resized copy by its looks.

Every process keeps all fingerprints in memory and takes in what is new before each search, so that a picture
added a moment ago on another machine is found.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from consent.acts.house import House
from consent.acts.opening import open_with
from consent.images.fingerprint import query_fingerprints, sha256
from consent.records import images
from consent.rules.identifiers import ImageId
from consent.vault.envelope import Where, WrappedKey

MOST = 6
_FINGERPRINT_BYTES = 32


@dataclass(frozen=True)
class Candidate:
    """A picture that the file may be. `is_exact`: it is that very file; else a person must compare them."""

    image: ImageId
    is_exact: bool


def matching(house: House, data: bytes) -> tuple[Candidate, ...]:
    """Return what a dropped file may be, best first; the file is fingerprinted and not kept.

    Raises: Refused (picture-...) if it is no known file and no readable picture either.
    """
    with house.reading() as connection:
        exact = images.with_sha256(connection, sha256(data))
    if exact:
        return tuple(Candidate(ImageId(each), is_exact=True) for each in exact)
    return alike(house, data)


def matching_digest(house: House, digest: str) -> tuple[Candidate, ...]:
    """Return the images whose file has this SHA-256: for film and sound, which are not looked at."""
    with house.reading() as connection:
        exact = images.with_sha256(connection, digest.strip().lower())
    return tuple(Candidate(ImageId(each), is_exact=True) for each in exact)


def alike(house: House, data: bytes, but: str = "") -> tuple[Candidate, ...]:
    """Return up to six pictures that look like this one, nearest first. Raises: Refused (picture-...)."""
    asked = query_fingerprints(data)
    with house.reading() as connection:
        catch_up(house, connection)
        hits = [image_id for image_id, _ in house.matcher.search(asked) if image_id != but][: 2 * MOST]
        kept = {row.id for row in images.find_all(connection, hits) if row.blob}
    return tuple(Candidate(ImageId(each), is_exact=False) for each in hits if each in kept)[:MOST]


def catch_up(house: House, connection: Connection) -> None:
    """Take into this process's matcher whatever changed since its last search, in any process."""
    matcher = house.matcher
    with matcher.catching_up:
        for row in images.fingerprints_since(connection, matcher.through):
            if row.content is None or row.key_id is None:
                matcher.remove(row.image_id)
            else:
                key = WrappedKey(row.key_id, row.kek_id, bytes(row.wrapped), bytes(row.salt))
                where = Where("image_fingerprint", row.image_id, "content")
                content = open_with(house, key, where, bytes(row.content))
                steps = range(0, len(content), _FINGERPRINT_BYTES)
                matcher.add(row.image_id, [content[at : at + _FINGERPRINT_BYTES] for at in steps])
            matcher.through = row.number
