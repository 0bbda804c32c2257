"""What has happened at the demo hospital so far: who signed, which pictures, what was posted, who changed his mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from consent.acts import cards, copying, linking, pictures, posts, releasing, reviewing, revocation
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.cli.demo import drawing, patients
from consent.cli.demo.patients import Signed
from consent.cli.demo.people import INSTAGRAM, Member
from consent.rules.checklist import ASKED, Tick
from consent.rules.grounds import PublicGround
from consent.rules.review import Finding, Item

BEGAN_DAYS_AGO = 430
EDUCATION = "public-education"
TEACHING = "professional-teaching"


class Clock(Protocol):
    """The story's clock."""

    def go_to(self, **ago: float) -> None:
        """Go on to so long before today."""


@dataclass(frozen=True)
class Told:
    """What demo.json says of the story, and one signed document."""

    facts: Mapping[str, Any]
    signed_pdf: bytes


@dataclass(frozen=True)
class Stage:
    """The house at the story's time, and who acts."""

    house: House
    nurse: Actor
    surgeon: Actor
    poster: Actor
    approver: Actor


def tell(house: House, clock: Clock, staff: Mapping[str, Member]) -> Told:
    """Let it all happen, in its order of time, through the acts."""
    stage = Stage(
        house,
        staff["clinician"].actor,
        staff["surgeon"].actor,
        staff["communications"].actor,
        staff["approver"].actor,
    )
    clock.go_to(days=420)
    long_ago = patients.sign(house, stage.nurse, patients.GRACE)
    expired = _picture(stage, drawing.cells(), "microscope", long_ago)
    clock.go_to(days=60)
    rosa = patients.sign(house, stage.nurse, patients.ROSA)
    hand = _picture(stage, drawing.healed_hand(), "photo", rosa)
    clock.go_to(days=45)
    daniel = patients.sign(house, stage.surgeon, patients.DANIEL)
    bones = _picture(stage, drawing.x_ray(), "scan", daniel)
    _post(
        stage, bones, "blog", None, "How a broken hand heals: an X-ray, explained.", "https://news.harbor.example/hand"
    )
    clock.go_to(days=30)
    henry = patients.sign(house, stage.nurse, patients.HENRY)
    cast = _picture(stage, drawing.plaster(), "photo", henry)
    _post(stage, cast, "instagram", INSTAGRAM, "Flowers for a plaster cast.", "https://social.harbor.example/p/cast")
    henrys_card = cards.make_card(house, stage.nurse, henry.consent)
    clock.go_to(days=9)
    samuel = patients.sign(house, stage.nurse, patients.SAMUEL)
    other_hand = _picture(stage, drawing.healed_hand((140, 92, 66), (230, 220, 240)), "photo", samuel)
    _post(stage, other_hand, "instagram", INSTAGRAM, "A hand, healed.", "https://social.harbor.example/p/healed")
    samuels_card = cards.make_card(house, stage.nurse, samuel.consent)
    clock.go_to(hours=3)
    henry_changes_his_mind = Change(henry.consent, Scope.EVERYTHING, Way.CARD)
    revocation.revoke(house, Actor("card", henrys_card.card_id), henry_changes_his_mind)
    clock.go_to(hours=2)
    waiting = pictures.add_picture(house, stage.surgeon, drawing.x_ray(bend=40), "scan")
    ready = patients.prepare(house, stage.nurse, patients.MARGARET)
    child = patients.prepare(house, stage.nurse, patients.LEAH)
    return Told(
        {
            "ready_to_sign": ready,
            "child_ready_to_sign": child,
            "images_yes": [
                _try(hand, "instagram", EDUCATION, INSTAGRAM),
                _try(hand, "conference", TEACHING),
                _try(bones, "blog", EDUCATION),
                _try(bones, "conference", TEACHING),
            ],
            "images_no": [
                _try(hand, "tiktok", EDUCATION, reason=PublicGround.USE_NOT_AGREED),
                _try(hand, "facebook", "promotion", reason=PublicGround.USE_NOT_AGREED),
                _try(cast, "instagram", EDUCATION, INSTAGRAM, reason=PublicGround.WITHDRAWN),
                _try(expired, "conference", TEACHING, reason=PublicGround.EXPIRED),
                _try(waiting, "conference", TEACHING, reason=PublicGround.NOT_LINKED),
            ],
            "signed": [_named(each) for each in (rosa, daniel, samuel)],
            "withdrawal": {
                "link": samuels_card.address,
                "number": samuels_card.number,
                "code": samuels_card.code,
                "consent": samuel.consent,
                "images": [_try(other_hand, "instagram", EDUCATION, INSTAGRAM)],
            },
        },
        copying.read_for_paper(house, stage.nurse, rosa.consent),
    )


def _try(image: str, channel: str, purpose: str, account: str | None = None, reason: str = "") -> dict[str, Any]:
    """Return one line of demo.json: what to ask, and why the answer is no. No account: the hospital's own."""
    asked = {"image": image, "channel": channel, "purpose": purpose, "account": account}
    return {**asked, "reason": str(reason)} if reason else asked


def _named(signed: Signed) -> dict[str, str]:
    return {"consent": signed.consent, "number": signed.number, "language": signed.language}


def _picture(stage: Stage, data: bytes, medium: str, signed: Signed) -> str:
    """Add a picture in which nobody can be recognised, look at it item by item, link it to the consent."""
    image = pictures.add_picture(stage.house, stage.surgeon, data, medium)
    seen = dict.fromkeys((item.value for item in Item), Finding.NONE.value)
    reviewing.review(stage.house, stage.surgeon, image, seen, recognisable=0, others=1)
    for person in patients.people_in(stage.house, stage.surgeon, image):
        linking.link(stage.house, stage.surgeon, image, person, signed.number)
    return image


def _post(stage: Stage, image: str, channel: str, account: str | None, caption: str, address: str) -> None:  # noqa: PLR0917
    """Release the picture, plan the post, have it approved by a second person, record that it is out."""
    house = stage.house
    releasing.release(house, stage.poster, image, channel, EDUCATION, account=account)
    ticks = {item.code: Tick.YES.value for item in ASKED}
    planned = posts.plan(house, stage.poster, posts.Plan((image,), channel, EDUCATION, account, caption, ticks))
    posts.approve(house, stage.approver, planned.id)
    posts.record(house, stage.poster, planned.id, posts.Record(address, house.clock()))
