"""Somebody changes his mind: whole, or in part. It counts in the same instant, in one transaction.

Source: 45 CFR 164.508(b)(5); domain rules 40-44, 46 and 49.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import resting, same_person, showings, tasks
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Done, Scope, Way, check
from consent.acts.flagging import takedown_policy
from consent.acts.house import Deed, House
from consent.acts.owing import Owing
from consent.acts.spoken_ends import end_spoken
from consent.records import consents
from consent.records import images as pictures
from consent.records import revocations as records
from consent.records.tables.consents import consent, consent_answer, withdrawn_image
from consent.records.tables.posts import post, release, takedown
from consent.records.tables.revocations import revocation, revocation_request
from consent.rules.access import Act, Role
from consent.rules.identifiers import ConsentId, ImageId, RequestNumber, new_id, new_request_number
from consent.rules.refusal import NotFound, Reason, Refused
from consent.rules.revocation import Consequences, NoticeKind, Withdrawal, consequences
from consent.rules.scope import Permission, permission

# Withdrawing the wish to see it first would allow more, not less: that is no change of mind about being shown.
KEPT_WISHES = frozenset({permission(Permission.SHOW_FIRST)})


def revoke(house: House, actor: Actor, change: Change) -> Done:
    """Stop it now: afterwards every verdict on it is no, every post on it flagged, and everybody owed word.

    Writes: revocation_request, revocation, consent or its parts, post, takedown, release, notice, task.
    Raises: NotFound; Refused: role, way-unknown, known-how-missing, words-long, contact-bad, part-missing.
    """
    with house.writing(actor) as deed:
        check(deed, change)
        return stop(deed, change)


def revoke_earlier(house: House, actor: Actor, consent_id: str) -> Done:
    """Stop everything that the patient of this declined consent ever signed here, as he asked when he declined it.

    Repeating it changes nothing. Raises: NotFound; Refused('role') for anybody but the signer, staff and upkeep.
    """
    if actor.kind == "staff":
        actor.must(Act.REVOKE_FOR_PATIENT)
    with house.writing(actor) as deed:
        row = consents.find(deed.connection, consent_id)
        if row is None or row.status != "declined":
            raise NotFound
        tasks.settle(deed, f"withdraw-earlier:{consent_id}", "withdrawn")
        done = stop(deed, Change(consent_id, Scope.EVERYTHING, Way.DECLINED))
        if done.request_id is None and deed.ledger.digests:
            deed.enter("revocation.nothing-earlier", {"consent": consent_id})
        return done


def stop(deed: Deed, change: Change) -> Done:
    """Do it inside `deed`, whose custody entry it becomes. Raises: NotFound; Refused: part-missing."""
    row = consents.find(deed.connection, change.consent_id)
    if row is None:
        raise NotFound
    withdrawal = _withdrawal(deed, change, row)
    if withdrawal.is_empty:
        deed.nothing()
        return Done(None, deed.now)
    found = resting.on(deed, withdrawal.consents)
    follows = consequences(withdrawal, found.posts, found.releases, takedown_policy(deed.house), deed.now)
    request_id = new_id(secrets.token_bytes)
    owing = Owing(deed, request_id)
    # Made known before it is written: the request's row names what must be settled before the case closes.
    fresh, standing = _takedowns(deed, follows, found, owing)
    takedown_ids = [*(each["id"] for each in fresh), *standing, *found.out_for_good(withdrawal)]
    _keep_request(deed, request_id, row, change, takedown_ids, unsettled=bool(fresh or standing))
    revocation_ids = _keep_revocations(deed, request_id, withdrawal)
    for each in fresh:
        each["revocation_id"] = revocation_ids[found.consent_of(each["post_id"], withdrawal)]
    deed.ledger.insert_many(takedown, fresh)
    deed.ledger.update_many(post, found.not_yet_flagged(follows), state="flagged", flagged_at=deed.now)
    deed.ledger.update_many(release, follows.releases, closed_at=deed.now, closed_why="revoked")
    ended = showings.end_with(deed, withdrawal)
    everything = change.scope is Scope.EVERYTHING
    unsaid = end_spoken(deed, same_person.patients(deed.house, deed.connection, row.patient_id)) if everything else []
    _owe(owing, follows, found, row, change)
    _doubt(deed, request_id, row.id, change)
    about = {
        "request": request_id,
        "consent": sorted(withdrawal.consents),
        "post": [flag.post for flag in follows.flags],
        "takedown": takedown_ids,
        "release": list(follows.releases),
        "showing": ended,
        "spoken": unsaid,
        "notice": list(owing.write()),
        "scope": change.scope.value,
        "way": change.way.value,
        "doubt": change.doubt,
    }
    deed.enter("revocation.revoke", about)
    return Done(request_id, deed.now, len(withdrawal.consents), len(follows.flags))


def find_mistaken(house: House, actor: Actor, request_id: str, why: str) -> None:
    """Record the privacy officer's finding that the request was a mistake. Nothing revives: a new signature is needed.

    Writes: revocation_request; the reason is kept in custody. Raises: NotFound; Refused: role, why-missing, settled.
    Source: domain rules 46 and 49.
    """
    actor.must(Act.FIND_REVOCATION_MISTAKEN)
    if not why.strip():
        raise Refused(Reason("why-missing", "why"))
    with house.writing(actor) as deed:
        row = records.find_request(deed.connection, request_id)
        if row is None:
            raise NotFound
        if row.mistaken_at is not None:
            raise Refused(Reason("mistaken-already"))
        deed.ledger.update(revocation_request, row.id, state="mistaken", mistaken_by=actor.id, mistaken_at=deed.now)
        tasks.settle(deed, confirmation_task(row.id), "found-mistaken")
        deed.enter("revocation.find-mistaken", {"request": row.id, "consent": row.consent_id}, why)


def confirmation_task(request_id: str) -> str:
    """Return the occasion of the task to get the request confirmed in writing."""
    return f"written-confirmation/{request_id}"


def _withdrawal(deed: Deed, change: Change, row: Row[Any]) -> Withdrawal:
    if change.scope is Scope.EVERYTHING:
        own = same_person.patients(deed.house, deed.connection, row.patient_id)
        signed = records.signed_of(deed.connection, own)
        return Withdrawal(frozenset(ConsentId(each.id) for each in signed), whole=True)
    signed_one = frozenset({ConsentId(row.id)} if row.status == "signed" else ())
    if change.scope is Scope.FORM:
        return Withdrawal(signed_one, whole=True)
    if not change.parts and not change.images:
        raise Refused(Reason("part-missing", "parts"))
    said_yes = {(each.kind, each.code) for each in records.answer_rows(deed.connection, row.id)} - KEPT_WISHES
    linked = {each.id for each in records.linked_images(deed.connection, row.id)}
    # The same picture cropped, covered or renamed is what he saw and said no to.
    meant = pictures.family(deed.connection, change.images & linked)
    images = meant - records.withdrawn_images(deed.connection, row.id)
    return Withdrawal(
        signed_one, parts=frozenset(change.parts & said_yes), images=frozenset(ImageId(each) for each in images)
    )


def _takedowns(
    deed: Deed, follows: Consequences, found: resting.Resting, owing: Owing
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of the takedowns to begin, and the IDs of those that are open already."""
    fresh: list[dict[str, Any]] = []
    standing: list[str] = []
    for flag in follows.flags:
        open_one = found.open_takedown(flag.post)
        if open_one is not None:
            standing.append(open_one)
            continue
        poster = found.by_id[flag.post].poster
        fresh.append(
            {
                "id": new_id(secrets.token_bytes),
                "post_id": flag.post,
                "why": "revoked",
                "owner_id": poster if owing.can(poster, Act.SETTLE_TAKEDOWN) else None,
                "queue": Role.COMMUNICATIONS.value,
                "flagged_at": deed.now,
                "due_at": flag.due_at,
                "state": "open",
            }
        )
    return fresh, standing


def _keep_request(
    deed: Deed, request_id: str, row: Row[Any], change: Change, takedowns: Sequence[str], *, unsettled: bool
) -> None:
    key_id = deed.new_key()

    def sealed(column: str, words: str) -> bytes | None:
        text = words.strip()
        return deed.encrypt(key_id, "revocation_request", request_id, column, text) if text else None

    deed.ledger.insert(
        revocation_request,
        id=request_id,
        number=_number(deed),
        patient_id=row.patient_id,
        consent_id=row.id,
        way=change.way.value,
        scope=change.scope.value,
        key_id=key_id,
        words=sealed("words", change.words),
        known_how=sealed("known_how", change.known_how),
        doubt=change.doubt,
        takedowns=list(takedowns),
        state="open" if unsettled else "closed",
        made_by=deed.actor.name,
        made_at=deed.now,
        closed_at=None if unsettled else deed.now,
    )


def _number(deed: Deed) -> RequestNumber:
    """Return a number that no request has yet: what the patient is told, and staff find it by."""
    while records.find_by_number(deed.connection, number := new_request_number(secrets.token_bytes)) is not None:
        continue
    return number


def _keep_revocations(deed: Deed, request_id: str, withdrawal: Withdrawal) -> Mapping[ConsentId, str]:
    """Write what is withdrawn, consent by consent; return the revocations' IDs by consent."""
    parts = sorted([*withdrawal.parts, *(("image", each) for each in withdrawal.images)])
    made = {each: new_id(secrets.token_bytes) for each in sorted(withdrawal.consents)}
    deed.ledger.insert_many(
        revocation,
        [
            {
                "id": revocation_id, "request_id": request_id, "consent_id": consent_id,
                "whole": withdrawal.whole, "parts": [list(part) for part in parts], "at": deed.now,
            }
            for consent_id, revocation_id in made.items()
        ],
    )  # fmt: skip
    for consent_id, revocation_id in made.items():
        if withdrawal.whole:
            deed.ledger.update(consent, consent_id, status="revoked", revoked_at=deed.now)
        else:
            _withdraw_parts(deed, consent_id, revocation_id, withdrawal)
    return made


def _withdraw_parts(deed: Deed, consent_id: str, revocation_id: str, withdrawal: Withdrawal) -> None:
    withdrawn = {"withdrawn_by": revocation_id, "withdrawn_at": deed.now}
    answers = records.answer_rows(deed.connection, consent_id)
    chosen = [each.id for each in answers if (each.kind, each.code) in withdrawal.parts]
    deed.ledger.update_many(consent_answer, chosen, **withdrawn)
    deed.ledger.insert_many(
        withdrawn_image,
        [
            {"id": new_id(secrets.token_bytes), "consent_id": consent_id, "image_id": each, **withdrawn}
            for each in sorted(withdrawal.images)
        ],
    )


def _owe(owing: Owing, follows: Consequences, found: resting.Resting, row: Row[Any], change: Change) -> None:
    request_id = owing.request_id or ""
    for owed in follows.notices:
        about = {"request": [request_id], "post": owed.posts, "release": owed.releases}
        match owed.kind:
            case NoticeKind.POSTER | NoticeKind.RELEASE_HOLDER:
                owing.to_staff(owed.kind.value, request_id, owed.to, about)
            case NoticeKind.RECIPIENT:
                owing.to_outside(owed.kind.value, request_id, {**about, "image": found.images_of(owed.posts)})
            case NoticeKind.COMMUNICATIONS | NoticeKind.PRIVACY_OFFICER:
                owing.to_role(owed.kind.value, request_id, Role(owed.to), about)
            case NoticeKind.ACKNOWLEDGEMENT:
                patient = consents.find_patient(owing.deed.connection, row.patient_id)
                electronic = bool(patient is not None and patient.electronic_contact and patient.contact)
                mine = {"request": [request_id], "consent": [row.id]}
                owing.to_patient(owed.kind.value, request_id, mine, electronic=electronic, address=change.contact)


def _doubt(deed: Deed, request_id: str, consent_id: str, change: Change) -> None:
    """Doubt about who asked delays nothing: use has stopped, and the confirmation is owed."""
    if change.doubt:
        about = {"request": request_id, "consent": consent_id}
        tasks.leave(
            deed,
            "written-confirmation",
            confirmation_task(request_id),
            queue=Role.PRIVACY_OFFICER.value,
            about=about,
        )
