"""Pictures come in, are looked at, and are discarded. Film and sound are known by their file alone.

Source: domain rules 28-30; 45 CFR 164.514(c) (an ID that is derived from nothing).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy.engine import Connection, Row

from consent.acts import shelf
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_bytes
from consent.images.film import read_film
from consent.images.fingerprint import fingerprints, sha256
from consent.images.preview import preview
from consent.images.reading import Picture, read_picture
from consent.records import images, keys
from consent.records.tables.images import image
from consent.rules.access import Act
from consent.rules.identifiers import ImageId, new_image_id
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.envelope import Where, WrappedKey, encrypt, new_data_key

PICTURE_MEDIA = ("photo", "scan", "microscope")
PREVIEW_PIXELS = 480
SCREEN_PIXELS = 1600


@dataclass(frozen=True)
class Opened:
    """An opened picture."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Developed:
    """A picture made anew, encrypted and stored, that no row names yet."""

    id: ImageId
    picture: Picture
    sha256: str
    key: WrappedKey
    blob: str
    preview_blob: str
    fingerprints: bytes


def add_picture(house: House, actor: Actor, data: bytes, medium: str = "photo") -> ImageId:
    """Take in a picture and return its ID: only its pixels are kept, encrypted, in quarantine.

    Raises: Refused: role, medium-unknown, already-added (with the image's ID), picture-... (field 'file');
        vault CannotStore.
    """
    actor.must(Act.ADD_IMAGE)
    if medium not in PICTURE_MEDIA:
        raise Refused(Reason("medium-unknown", "medium"))
    try:
        made = develop(house, read_picture(data))
    except Refused as refused:
        raise beside("file", refused) from None
    try:
        with house.writing(actor) as deed:
            _refuse_known(deed.connection, made.sha256)
            keep(deed, made, medium, actor.unit, None)
            deed.enter("image.add", {"image": made.id, "medium": medium})
    except Refused:
        forget(house, made)
        raise
    return made.id


def add_film(house: House, actor: Actor, stream: BinaryIO) -> ImageId:
    """Give a film or a sound recording an ID. It is not stored; its SHA-256 says which file is meant.

    Raises: Refused: role, already-added, film-kind-unknown, film-too-large (field 'file').
    """
    actor.must(Act.ADD_IMAGE)
    try:
        film = read_film(stream)
    except Refused as refused:
        raise beside("file", refused) from None
    kind = "sound" if film.kind.is_sound else "film"
    return _add_unstored(house, actor, kind, film.sha256, film.kind.media_type, film.size)


def add_film_by_digest(house: House, actor: Actor, kind: str, digest: str) -> ImageId:
    """Give an ID to a film or sound too large to send here; somebody has made its SHA-256 himself.

    Raises: Refused: role, already-added, film-kind-unknown, digest-unreadable (field 'digest').
    """
    actor.must(Act.ADD_IMAGE)
    plain = digest.strip().lower()
    if len(plain) != 64 or not set(plain) <= set("0123456789abcdef"):
        raise Refused(Reason("digest-unreadable", "digest"))
    if kind not in ("film", "sound"):
        raise Refused(Reason("film-kind-unknown", "kind"))
    return _add_unstored(house, actor, kind, plain, "application/octet-stream", 0)


def _add_unstored(  # noqa: PLR0917 - what is known of a file that is not here
    house: House, actor: Actor, kind: str, digest: str, media_type: str, size: int
) -> ImageId:
    medium = "voice" if kind == "sound" else "film"
    with house.writing(actor) as deed:
        _refuse_known(deed.connection, digest)
        image_id = free_id(deed.connection)
        deed.ledger.insert(
            image,
            id=image_id,
            medium=medium,
            kind=kind,
            state="quarantine",
            sha256=digest,
            media_type=media_type,
            size=size,
            unit=actor.unit,
            added_by=actor.id,
            added_at=deed.now,
        )
        deed.enter("image.add", {"image": image_id, "medium": medium})
    return image_id


def develop(house: House, picture: Picture) -> Developed:
    """Encrypt and store a picture and its preview under a fresh ID; outside any transaction.

    Raises: Refused: picture-... ; vault CannotStore.
    """
    prints = b"".join(fingerprints(picture.data))
    small = preview(picture.data, PREVIEW_PIXELS)
    with house.reading() as connection:
        image_id = free_id(connection)
    key = new_data_key(house.keyring)

    def put(column: str, content: bytes) -> str:
        return house.blobs.put(encrypt(house.keyring, key, Where("image", image_id, column), content))

    return Developed(
        id=image_id,
        picture=picture,
        sha256=sha256(picture.data),
        key=key,
        blob=put("blob", picture.data),
        preview_blob=put("preview_blob", small),
        fingerprints=encrypt(house.keyring, key, Where("image_fingerprint", image_id, "content"), prints),
    )


def keep(deed: Deed, made: Developed, medium: str, unit: str, parent_id: str | None) -> None:
    """Write a developed picture's row and fingerprints, inside `deed`."""
    deed.ledger.add_key(made.key.id, made.key.kek_id, made.key.wrapped, made.key.salt, deed.now)
    deed.ledger.insert(
        image,
        id=made.id,
        medium=medium,
        kind="picture",
        state="quarantine",
        sha256=made.sha256,
        media_type=made.picture.media_type,
        width=made.picture.width,
        height=made.picture.height,
        size=len(made.picture.data),
        key_id=made.key.id,
        blob=made.blob,
        preview_blob=made.preview_blob,
        parent_id=parent_id,
        unit=unit,
        added_by=deed.actor.id,
        added_at=deed.now,
    )
    images.keep_fingerprint(deed.connection, made.id, made.key.id, made.fingerprints)


def forget(house: House, made: Developed) -> None:
    """Delete what was stored for a picture that was then refused."""
    house.blobs.delete(made.blob)
    house.blobs.delete(made.preview_blob)


def free_id(connection: Connection) -> ImageId:
    """Return a random image ID that no image has or ever had: rows stay when pictures go."""
    while True:
        image_id = new_image_id(secrets.token_bytes)
        if images.find(connection, image_id) is None:
            return image_id


def open_picture(house: House, actor: Actor, image_id: str, reason: str = "", longest: int | None = None) -> Opened:
    """Return the picture to somebody who may see it; custody says who opened it, and why.

    `longest`: a JPEG with at most so many pixels along its longer side instead of the whole file.
    Raises: NotFound; Refused: role, reason-needed; vault CannotDecrypt.
    """
    actor.must(Act.SEE_IMAGE)
    with house.writing(actor) as deed:
        row = shelf.seen(deed.connection, actor, image_id, reason)
        if row.blob is None:
            raise NotFound
        deed.enter("image.open", {"image": row.id}, reason.strip() or None)
    data = content(house, row)
    return Opened(preview(data, longest), "image/jpeg") if longest else Opened(data, row.media_type)


def open_candidates(house: House, actor: Actor, image_ids: tuple[str, ...]) -> dict[str, bytes]:
    """Return the small pictures (JPEG) that a dropped file may be, for the person to compare; one custody entry."""
    actor.must(Act.OPEN_CANDIDATE)
    with house.writing(actor) as deed:
        rows = [row for row in images.find_all(deed.connection, image_ids) if row.preview_blob is not None]
        if not rows:
            deed.nothing()
            return {}
        deed.enter("image.open-candidates", {"image": [row.id for row in rows]})
    return {row.id: content(house, row, "preview_blob") for row in rows}


def content(house: House, row: Row[Any], column: str = "blob") -> bytes:
    """Return the bytes of an image's `blob` or `preview_blob`. The caller has entered why into custody.

    Raises: NotFound if it is not kept; vault BlobMissing, CannotDecrypt.
    """
    blob = row._mapping[column]
    if blob is None:
        raise NotFound
    with house.reading() as connection:
        return open_bytes(house, connection, Where("image", row.id, column), house.blobs.get(blob))


def discard(house: House, actor: Actor, image_id: str) -> None:
    """Discard a picture that was never used: its file and fingerprints are deleted, its row and ID stay.

    Raises: NotFound; Refused: role, reason-needed, picture-is-linked, picture-was-released.
    """
    actor.must(Act.DISCARD_IMAGE)
    with house.writing(actor) as deed:
        row = shelf.seen(deed.connection, actor, image_id)
        if row.state == "discarded":
            deed.nothing()
            return
        if images.links(deed.connection, row.id):
            raise Refused(Reason("picture-is-linked"))
        if images.is_out(deed.connection, row.id):
            raise Refused(Reason("picture-was-released"))
        deed.ledger.update(image, row.id, state="discarded", key_id=None, blob=None, preview_blob=None)
        if row.key_id is not None:
            images.drop_fingerprint(deed.connection, row.id)
            keys.delete_key(deed.connection, row.key_id)
        deed.enter("image.discard", {"image": row.id})
    for blob in (row.blob, row.preview_blob):
        if blob is not None:
            house.blobs.delete(blob)


def beside(field: str, refused: Refused) -> Refused:
    """Return the same refusal beside a form field."""
    return Refused([Reason(reason.code, field, **reason.facts) for reason in refused.reasons])


def _refuse_known(connection: Connection, digest: str) -> None:
    known = images.with_sha256(connection, digest)
    if known:
        raise Refused(Reason("already-added", "file", image=known[0]))
