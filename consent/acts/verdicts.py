"""Ask the rule inside a deed, and keep question and answer. Look-up, release and post all ask through here."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.clock_care import CLOCK_SLACK
from consent.acts.house import Deed, House
from consent.records import custody, posting, posts, showings
from consent.records.images import image_facts
from consent.records.organisation import find_account
from consent.records.tables.posts import look_up, post_consent
from consent.rules.calendar import day_in
from consent.rules.grounds import Ground
from consent.rules.identifiers import ConsentId, ImageId, new_id
from consent.rules.posting import Verdict, governing_consent, may_post, no
from consent.rules.posting_facts import ConsentFacts, ImageFacts, PostingPolicy, ProposedPost
from consent.rules.refusal import Reason, Refused
from consent.rules.scope import ORGANISATION, Use, handle

MET_BY_SHOWING = frozenset({Ground.SHOW_FIRST_OPEN, Ground.RECONTACT_OPEN})
"""The grounds that an agreed showing takes away; with any other no there is nothing to show."""


@dataclass(frozen=True)
class Place:
    """Where, why and under which account. `account` is the code by which consents know it."""

    channel: str
    purpose: str
    account: str = ORGANISATION
    account_id: str | None = None
    account_name: str = ""
    owner: str = ORGANISATION
    known: bool = True
    """False when an account was named that is not registered, or no longer in use: the answer is then no."""


@dataclass(frozen=True)
class Asked:
    """One image's verdict, where it is kept, the consents that governed it, and all that are linked to it."""

    image: ImageId
    look_up: str
    verdict: Verdict
    governing: tuple[ConsentId, ...]
    linked: tuple[ConsentId, ...] = ()
    to_show: tuple[ConsentId, ...] = ()
    """The consents among those that govern whose person is to see it first, and has not agreed to it."""

    @property
    def carried_by(self) -> tuple[ConsentId, ...]:
        """The consents on which a post of it rests: those that say yes; on a no, whoever is in the picture."""
        return self.governing if self.verdict.allowed else self.linked


def find_place(house: House, connection: Connection, channel: str, purpose: str, account: str | None) -> Place:
    """Return the place. `account` is a registered account's name; none means the organisation's own.

    Raises: Refused: channel-unknown, purpose-unknown.
    """
    reasons = []
    if channel not in house.forms.channels:
        reasons.append(Reason("channel-unknown", "channel"))
    if purpose not in house.forms.purposes:
        reasons.append(Reason("purpose-unknown", "purpose"))
    if reasons:
        raise Refused(reasons)
    name = (account or "").strip()
    if not name:
        return Place(channel, purpose)
    for row in posts.accounts(connection, channel):
        if handle(row.name) == handle(name):
            return _place_of(channel, purpose, row)
    return Place(channel, purpose, account="unknown", account_name=name, known=False)


def place_kept(connection: Connection, row: Row[Any]) -> Place:
    """Return the place of a release or a post as it was kept. An account no longer in use is not known."""
    account = find_account(connection, row.account_id) if row.account_id else None
    if account is None:
        return Place(row.channel, row.purpose, row.account)
    return _place_of(row.channel, row.purpose, account)


def _place_of(channel: str, purpose: str, row: Row[Any]) -> Place:
    code = ORGANISATION if row.owner == ORGANISATION else row.id
    return Place(channel, purpose, code, row.id, row.name, row.owner, known=bool(row.active))


def ask(  # noqa: PLR0917 - the question in the order in which it is said
    deed: Deed, place: Place, images: Sequence[ImageId], day: date, how: str, words: str | None = None
) -> tuple[Asked, ...]:
    """Ask about each image and keep each answer. The deed holds the writer's lock: what it has read is final.

    `words`: the mark of the caption that goes with it (`caption_mark`); None while it is not known yet.

    Writes: look_up, one for each image. The caller enters the custody entry, with `about`.
    """
    latest = deed.now + CLOCK_SLACK
    now = posting.circumstances(deed.connection)
    deed.head = now.head
    facts = image_facts(deed.connection, images)
    linked = {consent for image in facts.values() for person in image.people for consent in person.consents}
    found = posting.consent_facts(deed.connection, linked)
    consents = _held_to_their_forms(deed.house, showings.with_agreed(deed.connection, found))
    # A signature of the future would go on governing over newer ones when the clock is right again.
    ahead = any(each.signed_at is not None and each.signed_at > latest for each in consents.values())
    if not ahead and now.latest_at is not None and now.latest_at > latest:
        ahead = custody.latest_ahead(deed.connection, latest) is not None
    known = deed.house.forms.channels.get(place.channel)
    internal = known is not None and known.audience == "internal"
    rule = PostingPolicy(consent_for_unrecognisable=now.policy.get("consent_for_unrecognisable") is not False)
    asked = []
    for image in images:
        if not place.known:
            verdict = no(Ground.UNKNOWN_ACCOUNT, image)
        elif ahead:
            verdict = no(Ground.CLOCK_ERROR, image)
        else:
            proposed = ProposedPost(place.channel, place.purpose, place.account, words, internal)
            verdict = may_post(proposed, (facts[image],), consents.values(), rule, day)
        by = governing(facts[image], place, consents)
        if verdict.allowed and any(not _was_signed(deed.house, consents[each], day) for each in by):
            verdict = no(Ground.NOT_SIGNED, image)
        row_id = _keep(deed, place, verdict, image=image, day=day, how=how, by=by)
        everybody = dict.fromkeys(each for person in facts[image].people for each in person.consents)
        to_show = to_be_shown(verdict, facts[image], place, consents)
        asked.append(Asked(image, row_id, verdict, by, tuple(everybody), to_show))
    return tuple(asked)


def _held_to_their_forms(house: House, facts: Mapping[ConsentId, ConsentFacts]) -> dict[ConsentId, ConsentFacts]:
    """Return the facts with what each one's form keeps apart: a place for the public that serves publication alone."""
    held = dict(facts)
    for each in facts.values():
        version = house.forms.forms.get(each.form)
        if version is not None and version.structure.serves:
            held[each.id] = replace(each, apart=version.apart())
    return held


def _was_signed(house: House, consent: ConsentFacts, day: date) -> bool:
    """Say whether it was given by that day, signed or only said: nobody has allowed anything before (rule 31)."""
    given_at = consent.signed_at or consent.spoken_at
    return given_at is not None and day_in(house.terms.zone, given_at) <= day


def governing(image: ImageFacts, place: Place, consents: dict[ConsentId, ConsentFacts]) -> tuple[ConsentId, ...]:
    """Return the consents that govern this use of the image, alive or dead, each once."""
    use = Use(place.channel, place.purpose, place.account, image.medium)
    found = (governing_consent(person.consents, use, consents) for person in image.people)
    return tuple(dict.fromkeys(each.id for each in found if isinstance(each, ConsentFacts)))


def to_be_shown(
    verdict: Verdict, image: ImageFacts, place: Place, consents: dict[ConsentId, ConsentFacts]
) -> tuple[ConsentId, ...]:
    """Return the consents that govern it whose person has yet to see it and agree."""
    waiting = {reason.person for reason in verdict.reasons if reason.code in MET_BY_SHOWING}
    if not waiting:
        return ()
    return governing(replace(image, people=tuple(p for p in image.people if p.key in waiting)), place, consents)


def _keep(
    deed: Deed, place: Place, verdict: Verdict, *, image: ImageId, day: date, how: str, by: tuple[ConsentId, ...]
) -> str:
    row_id = new_id(secrets.token_bytes)
    deed.ledger.keep(
        look_up,
        id=row_id,
        asked_by=deed.actor.name,
        asked_at=deed.now,
        image_id=image,
        how=how,
        channel=place.channel,
        purpose=place.purpose,
        account=place.account,
        for_day=day,
        yes=verdict.allowed,
        reasons=[[reason.code.value, reason.person] for reason in verdict.reasons],
        conditions=[condition.value for condition in verdict.conditions],
        consents=list(by),
    )
    return row_id


def rest_on(deed: Deed, post_id: str, asked: Sequence[Asked]) -> None:
    """Write down on which consents, alive or dead, a post rests: a revocation finds it by them."""
    for each in asked:
        for consent_id in each.carried_by:
            deed.ledger.insert(
                post_consent,
                id=new_id(secrets.token_bytes),
                post_id=post_id,
                consent_id=consent_id,
                image_id=each.image,
            )


def about(place: Place, asked: Collection[Asked], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - IDs and codes
    """Return what custody says of a question: IDs, place, and how many yes and no."""
    said = {
        "look_up": [each.look_up for each in asked],
        "image": [each.image for each in asked],
        "consent": list(dict.fromkeys(consent for each in asked for consent in each.governing)),
        "channel": place.channel,
        "purpose": place.purpose,
        "yes": sum(each.verdict.allowed for each in asked),
        "no": sum(not each.verdict.allowed for each in asked),
        **more,
    }
    return said | ({"account": place.account_id} if place.account_id else {})


def objections(asked: Iterable[Asked]) -> tuple[Reason, ...]:
    """Return the neutral reason of each no, for whoever is refused."""
    return tuple(
        Reason(f"verdict-{reason.value}", image=each.image) for each in asked for reason in each.verdict.public_reasons
    )
