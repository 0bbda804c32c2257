"""What ends by itself: warn before a consent does, and look again at what is still out when it has.

Verdicts do not wait for this: the posting rule reads the dates itself. Source: domain rules 39 and 47.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.owing import Owing
from consent.records import posts
from consent.records import upkeep as records
from consent.records.tables.posts import post
from consent.rules.access import Role
from consent.rules.expiry import WARNING_DAYS, ReviewCause, last_good_day, review_causes, warnings_due


def warn(house: House, actor: Actor) -> int:
    """Warn whoever made the consent and the privacy officer, 90, 30 and 7 days before it ends; return how many.

    Writes: task, notice. Each warning once ever.
    """
    with house.writing(actor) as deed:
        owing = Owing(deed)
        warned = []
        for row in records.ending_consents(deed.connection, deed.today + timedelta(days=max(WARNING_DAYS))):
            onces = {days: _warning(row.id, days) for days in WARNING_DAYS}
            known = records.known_tasks(deed.connection, onces.values())
            given = [days for days, once in onces.items() if once in known]
            last = last_good_day(row.expires_on, row.event_confirmed_on)
            for days in warnings_due(last, given, deed.today) if last else ():
                _warn(deed, owing, row, onces[days], days)
                warned.append(row.id)
        made = owing.write()
        if warned:
            deed.enter("upkeep.warn", {"consent": warned, "notice": list(made)})
        else:
            deed.nothing()
        return len(warned)


def review(house: House, actor: Actor) -> int:
    """Put every live post under which a consent has ended into review, with a task; return how many causes were new.

    Writes: post, task. Somebody decides: what was once decided is not asked again.
    """
    with house.writing(actor) as deed:
        rows = records.live_on_ended(deed.connection, deed.today)
        causes = {(row.id, cause): row for row in rows for cause in _causes(row, deed.today)}
        onces = {key: review_task(*key) for key in causes}
        known = records.known_tasks(deed.connection, onces.values())
        fresh = {key: row for key, row in causes.items() if onces[key] not in known}
        fresh_posts = sorted({post_id for post_id, _ in fresh})
        deed.ledger.update_many(post, fresh_posts, state="review")
        active = Owing(deed).staff()
        for (post_id, cause), row in fresh.items():
            owner = row.recorded_by if row.recorded_by in active else None
            about = {"post": post_id, "consent": row.consent_id}
            once, queue = onces[post_id, cause], Role.COMMUNICATIONS.value
            tasks.leave(deed, f"review-{cause.value}", once, queue=queue, about=about, owner_id=owner)
        if fresh:
            consents = sorted({row.consent_id for row in fresh.values()})
            deed.enter("upkeep.review", {"post": fresh_posts, "consent": consents})
        else:
            deed.nothing()
        return len(fresh)


def put_to_review(deed: Deed, consent_ids: Sequence[str], cause: ReviewCause) -> tuple[str, ...]:
    """Put every live post that rests on these consents into review, with a task for each; return their IDs.

    Writes: post, task. The caller enters the custody entry.
    """
    found = {row.id: (row, each) for each in consent_ids for row in posts.out_on_consent(deed.connection, each)}
    live = sorted(post_id for post_id, (row, _) in found.items() if row.state in ("live", "review"))
    deed.ledger.update_many(post, live, state="review")
    active = Owing(deed).staff()
    for post_id in live:
        row, consent_id = found[post_id]
        owner = row.recorded_by if row.recorded_by in active else None
        about = {"post": post_id, "consent": consent_id}
        once, queue = review_task(post_id, cause), Role.COMMUNICATIONS.value
        tasks.leave(deed, f"review-{cause.value}", once, queue=queue, about=about, owner_id=owner)
    return tuple(live)


def ask_at_majority(house: House, actor: Actor) -> int:
    """Leave a task for each child who is of age and for whom somebody signed: ask the patient himself.

    Returns how many are new. New posts have stopped already: the posting rule reads the date itself (rule 47).
    Writes: task.
    """
    with house.writing(actor) as deed:
        rows = records.came_of_age(deed.connection, deed.today)
        known = records.known_tasks(deed.connection, [_of_age(row.id) for row in rows])
        fresh = [row for row in rows if _of_age(row.id) not in known]
        active = Owing(deed).staff()
        for row in fresh:
            owner = row.made_by if row.made_by in active else None
            queue = Role.CLINICIAN.value
            tasks.leave(deed, "came-of-age", _of_age(row.id), queue=queue, about={"consent": row.id}, owner_id=owner)
        if fresh:
            deed.enter("upkeep.came-of-age", {"consent": [row.id for row in fresh]})
        else:
            deed.nothing()
        return len(fresh)


def _of_age(consent_id: str) -> str:
    return f"came-of-age/{consent_id}"


def review_task(post_id: str, cause: ReviewCause) -> str:
    """Return the occasion of the task to look at a post again."""
    return f"review/{post_id}/{cause.value}"


def _warning(consent_id: str, days: int) -> str:
    return f"expiring/{consent_id}/{days}"


def _warn(deed: Deed, owing: Owing, row: Row[Any], once: str, days: int) -> None:
    about = {"consent": row.id}
    owner = row.made_by if row.made_by in owing.staff() else None
    kind = f"expiring-{days}"
    tasks.leave(deed, kind, once, queue=Role.CLINICIAN.value, about=about, owner_id=owner)
    listed = {"consent": [row.id]}
    if owner is not None:
        owing.to_staff("consent-expiring", f"{row.id}/{days}/maker", owner, listed)
    owing.to_role("consent-expiring", f"{row.id}/{days}", Role.PRIVACY_OFFICER, listed)


def _causes(row: Row[Any], today: date) -> tuple[ReviewCause, ...]:
    # The event ends the consent on the day on which it is known to have happened.
    last = last_good_day(row.expires_on, row.event_confirmed_on)
    if last is None:
        return (ReviewCause.EXPIRED,)
    return review_causes(last, row.majority_on, by_representative=row.signer != "patient", today=today)
