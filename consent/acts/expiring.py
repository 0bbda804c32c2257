"""What ends by itself: warn before a consent does, and look again at what is still out when it has.

Verdicts do not wait for this: the posting rule reads the dates itself. Source: domain rules 39 and 47.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.owing import Owing
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
            for days in warnings_due(row.expires_on, given, deed.today):
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
        posts = sorted({post_id for post_id, _ in fresh})
        deed.ledger.update_many(post, posts, state="review")
        active = Owing(deed).staff()
        for (post_id, cause), row in fresh.items():
            owner = row.recorded_by if row.recorded_by in active else None
            about = {"post": post_id, "consent": row.consent_id}
            once, queue = onces[post_id, cause], Role.COMMUNICATIONS.value
            tasks.leave(deed, f"review-{cause.value}", once, queue=queue, about=about, owner_id=owner)
        if fresh:
            consents = sorted({row.consent_id for row in fresh.values()})
            deed.enter("upkeep.review", {"post": posts, "consent": consents})
        else:
            deed.nothing()
        return len(fresh)


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
