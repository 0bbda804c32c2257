"""What rests on some consents: posts and releases as the rule of revocation wants them, and what is known beside."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Row

from consent.acts.house import Deed
from consent.acts.opening import open_text
from consent.records import revocations as records
from consent.rules.identifiers import ConsentId, ImageId, PostId, ReleaseId, StaffId
from consent.rules.revocation import Consequences, PostFacts, ReleaseFacts, Rest, Withdrawal, touches
from consent.vault.fingerprints import normalised

OUT_FOR_GOOD = "cannot-remove"


@dataclass(frozen=True)
class Resting:
    """Posts still out, open releases, and each post's state and open (else last) takedown."""

    by_id: Mapping[str, PostFacts]
    releases: tuple[ReleaseFacts, ...]
    states: Mapping[str, str]
    takedowns: Mapping[str, Row[Any]]

    @property
    def posts(self) -> tuple[PostFacts, ...]:
        """Return the posts."""
        return tuple(self.by_id.values())

    def open_takedown(self, post_id: str) -> str | None:
        """Return the ID of the takedown that is under way."""
        row = self.takedowns.get(post_id)
        return str(row.id) if row is not None and row.state == "open" else None

    def consent_of(self, post_id: str, withdrawal: Withdrawal) -> ConsentId:
        """Return one of the withdrawn consents on which the post rests."""
        return next(rest.consent for rest in self.by_id[post_id].rests_on if rest.consent in withdrawal.consents)

    def images_of(self, post_ids: Collection[str]) -> list[str]:
        """Return the images of these posts that rest on the consents."""
        return sorted({rest.image for each in post_ids for rest in self.by_id[each].rests_on})

    def not_yet_flagged(self, follows: Consequences) -> list[str]:
        """Return the posts to flag that are not flagged already."""
        return [flag.post for flag in follows.flags if self.states[flag.post] != "flagged"]

    def out_for_good(self, withdrawal: Withdrawal) -> list[str]:
        """Return the settled takedowns of touched posts that could not be removed: the patient is told of them too."""
        lasting = [each.id for each in self.posts if not each.live and touches(withdrawal, each)]
        return [self.takedowns[each].id for each in lasting if each in self.takedowns]


def on(deed: Deed, consent_ids: Collection[ConsentId]) -> Resting:
    """Return what rests on these consents. Whom a post outside was given to is opened, to tell each of them once."""
    own = records.own_accounts(deed.connection)
    recognisable = records.recognisable_in(deed.connection, consent_ids)
    rests: dict[str, list[Rest]] = {}
    rows: dict[str, Row[Any]] = {}
    for row in records.posts_on(deed.connection, consent_ids):
        shown = recognisable.get((row.consent_id, row.image_id), True)
        rests.setdefault(row.id, []).append(Rest(row.consent_id, row.image_id, row.medium, shown))
        rows[row.id] = row
    recipients = _recipients(deed, rows.values())
    found = {
        post_id: PostFacts(
            id=PostId(post_id),
            channel=row.channel,
            purpose=row.purpose,
            account=_account(row.account, own),
            poster=StaffId(row.recorded_by or row.planned_by),
            rests_on=tuple(rests[post_id]),
            recipient=recipients.get(post_id),
            live=row.state != OUT_FOR_GOOD,
        )
        for post_id, row in rows.items()
    }
    releases = tuple(_releases(deed, consent_ids, own))
    states = {post_id: row.state for post_id, row in rows.items()}
    return Resting(found, releases, states, records.last_takedowns(deed.connection, list(rows)))


def _releases(deed: Deed, consent_ids: Collection[ConsentId], own: frozenset[str]) -> Iterable[ReleaseFacts]:
    for row in records.releases_on(deed.connection, consent_ids):
        governing = [each for each in row.consents if each in consent_ids]
        if governing:
            yield ReleaseFacts(
                id=ReleaseId(row.id),
                channel=row.channel,
                purpose=row.purpose,
                account=_account(row.account, own),
                holder=StaffId(row.taken_by),
                rests_on=tuple(Rest(ConsentId(each), ImageId(row.image_id), row.medium) for each in governing),
            )


def _account(account: str, own: frozenset[str]) -> str:
    return "organisation" if account in own else account


def _recipients(deed: Deed, rows: Iterable[Row[Any]]) -> dict[str, str]:
    """Return, by post, the first post that the same recipient outside was given: one notice tells him of all."""
    firsts: dict[str, str] = {}
    found: dict[str, str] = {}
    for row in rows:
        if row.recipient is None:
            continue
        outside = json.loads(open_text(deed.house, deed.connection, "post", row.id, "recipient", row.recipient))
        who = normalised(outside.get("contact") or outside.get("name") or row.id)
        found[row.id] = firsts.setdefault(who, row.id)
    return found
