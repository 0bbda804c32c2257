"""Pictures that are out: released, approved by a second person, posted, recorded."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consent.acts import posts
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records.tables.posts import post, post_consent, post_image
from consent.rules.access import Role
from consent.rules.checklist import ASKED
from consent.rules.identifiers import new_id
from tests.factory import USUAL, Factory

ALLOWED = (*USUAL, ("permission", "recognisable"))
TICKS = {item.code: "yes" for item in ASKED}
ADDRESS = "https://social.example/p/"


def rows(house: House, table: sa.Table, **where: object) -> Sequence[sa.Row[Any]]:
    with house.reading() as connection:
        wanted = sa.select(table)
        for name, value in where.items():
            wanted = wanted.where(table.c[name] == value)
        return connection.execute(wanted).all()


def only(house: House, table: sa.Table, **where: object) -> sa.Row[Any]:
    found = rows(house, table, **where)
    assert len(found) == 1, found
    return found[0]


class Office:
    """The communications office with a privacy officer beside it."""

    def __init__(self, house: House, factory: Factory) -> None:
        self.house = house
        self.factory = factory
        self.poster = factory.staff(Role.COMMUNICATIONS)
        self.second = factory.staff(Role.COMMUNICATIONS)
        self.officer = factory.staff(Role.PRIVACY_OFFICER)

    def live(self, *images: str, channel: str = "instagram", address: str = "17", **record: Any) -> str:
        plan = posts.Plan(images, channel, "public-education", None, "Healed well.", TICKS)
        post_id = posts.plan(self.house, self.poster, plan).id
        posts.approve(self.house, self.second, post_id)
        when = self.house.clock() - timedelta(minutes=5)
        written = posts.Record(ADDRESS + address, when, **record)
        assert posts.record(self.house, self.poster, post_id, written).state == "live"
        return post_id

    def many_live(self, count: int, consent_id: str, image: str) -> list[str]:
        """As many live posts as wanted, written down at once: only the numbers matter."""
        ids = [new_id(secrets.token_bytes) for _ in range(count)]
        with self.house.writing(Actor("command", "test")) as deed:
            for start in range(0, count, 250):
                some = ids[start : start + 250]
                key = {each: deed.new_key() for each in some}
                deed.ledger.insert_many(
                    post,
                    [
                        {
                            "id": each,
                            "channel": "instagram",
                            "account": "organisation",
                            "purpose": "public-education",
                            "state": "live",
                            "key_id": key[each],
                            "checklist": {},
                            "planned_by": self.poster.id,
                            "planned_at": deed.now,
                            "approved_by": self.second.id,
                            "approved_at": deed.now,
                            "approved_alone": False,
                            "address": deed.encrypt(key[each], "post", each, "address", f"{ADDRESS}{each}"),
                            "posted_at": deed.now,
                            "recorded_by": self.poster.id,
                            "recorded_at": deed.now,
                        }
                        for each in some
                    ],
                )
                deed.ledger.insert_many(
                    post_image, [{"id": f"{each}/i", "post_id": each, "image_id": image} for each in some]
                )
                deed.ledger.insert_many(
                    post_consent,
                    [
                        {"id": f"{each}/c", "post_id": each, "consent_id": consent_id, "image_id": image}
                        for each in some
                    ],
                )
            deed.enter("test.posts", {"post": ids})
        return ids
