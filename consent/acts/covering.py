"""Crop a picture and cover parts of it: burned into a new picture with an ID of its own, linked to the first."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from consent.acts import pictures, shelf
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.images.covering import Box, crop_and_cover
from consent.images.reading import describe
from consent.records import images
from consent.records.tables.consents import withdrawn_image
from consent.records.tables.images import image
from consent.rules.access import Act
from consent.rules.identifiers import ImageId, new_id
from consent.rules.refusal import Reason, Refused

__all__ = ["MOST_BOXES", "Box", "cover", "renew"]

MOST_BOXES = 8


def cover(house: House, actor: Actor, image_id: str, crop: Box | None, boxes: Sequence[Box]) -> ImageId:
    """Return the new picture's ID; it waits in quarantine, to be reviewed and linked, and replaces the first.

    Raises: NotFound; Refused: role, reason-needed, nothing-to-cover, too-many-boxes, picture-not-a-picture,
        picture-not-in-use, already-added, box-..., crop-....
    """
    if crop is None and not boxes:
        raise Refused(Reason("nothing-to-cover"))
    if len(boxes) > MOST_BOXES:
        raise Refused(Reason("too-many-boxes", most=MOST_BOXES))
    return _make(house, actor, image_id, crop, boxes)


def renew(house: House, actor: Actor, image_id: str) -> ImageId:
    """Give the same picture a new ID, when the old one happens to say something about the person (rule 29).

    Raises: as `cover`.
    """
    return _make(house, actor, image_id, None, ())


def _make(house: House, actor: Actor, image_id: str, crop: Box | None, boxes: Sequence[Box]) -> ImageId:
    actor.must(Act.COVER_IMAGE)
    with house.reading() as connection:
        row = shelf.seen(connection, actor, image_id)
    if row.blob is None:
        raise Refused(Reason("picture-not-a-picture" if row.kind != "picture" else "picture-not-in-use"))
    made = pictures.develop(house, describe(crop_and_cover(pictures.content(house, row), crop, boxes)))
    try:
        with house.writing(actor) as deed:
            before = shelf.seen(deed.connection, actor, image_id)
            if before.blob is None:
                raise Refused(Reason("picture-not-in-use"))
            pictures.keep(deed, made, before.medium, before.unit, before.id)
            _keep_withdrawn(deed, before.id, made.id)
            if before.state != "replaced":
                deed.ledger.update(image, before.id, state="replaced")
            deed.enter("image.cover", {"image": [before.id, made.id], "boxes": len(boxes), "cropped": crop is not None})
    except Refused:
        pictures.forget(house, made)
        raise
    return made.id


def _keep_withdrawn(deed: Deed, before_id: str, made_id: str) -> None:
    """What the patient said of the picture holds for whatever is made from it (rule 46)."""
    for each in images.withdrawn_from(deed.connection, before_id):
        deed.ledger.insert(
            withdrawn_image,
            id=new_id(secrets.token_bytes),
            consent_id=each.consent_id,
            image_id=made_id,
            withdrawn_by=each.withdrawn_by,
            withdrawn_at=each.withdrawn_at,
        )
