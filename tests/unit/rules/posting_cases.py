"""Facts from which the posting cases are made: one patient, one photo, one Instagram post for the public."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from consent.rules.identifiers import ConsentId, ImageId
from consent.rules.posting import (
    ConsentFacts,
    ImageFacts,
    ImageState,
    Person,
    PostingPolicy,
    ProposedPost,
)

TODAY = date(2026, 3, 1)
POST = ProposedPost("instagram", "public-education", "organisation")
USE = frozenset(
    {
        ("channel", "instagram"),
        ("purpose", "public-education"),
        ("account", "organisation"),
        ("medium", "photo"),
    }
)
RECOGNISABLE = ("permission", "recognisable")
POLICY = PostingPolicy()
IMAGE = ImageId("IMG-7K3Q-9XTF-H")


def consent(name="c1", signed="2026-01-10", **changes):
    facts = ConsentFacts(
        id=ConsentId(name),
        signed_at=datetime.fromisoformat(signed).replace(tzinfo=UTC),
        asked=USE | {RECOGNISABLE},
        allowed=USE | {RECOGNISABLE},
        expires_on=date(2027, 1, 10),
    )
    return replace(facts, **changes)


def person(*consents, key="p1", **changes):
    return replace(Person(key, consents=tuple(ConsentId(each) for each in consents)), **changes)


def image(*people, counted=None, **changes):
    facts = ImageFacts(
        IMAGE,
        "photo",
        ImageState.READY,
        reviewed=True,
        people_counted=sum(each.recognisable for each in people) if counted is None else counted,
        people=people,
    )
    return replace(facts, **changes)
