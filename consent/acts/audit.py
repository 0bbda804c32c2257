"""Everything that should worry a privacy officer, in one list: posts, seals, trail, ciphertext, deadlines, keys.

Source: 45 CFR 164.308(a)(1)(ii)(D) and (a)(8); domain rules 25, 26, 42 and 48.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sqlalchemy.engine import Connection

from consent.acts import backup, certificate_care, clock_care, custody, head_stamps, key_care, restoring
from consent.acts.actor import COMMAND, Actor
from consent.acts.house import House
from consent.records import audit as records
from consent.records import stamps
from consent.rules.access import Act
from consent.rules.audit import Lifetime, Worry, had_consent
from consent.rules.calendar import day_in
from consent.rules.expiry import last_good_day

BACKUP_OLD_AFTER = timedelta(days=7)
STAMP_OLD_AFTER = timedelta(days=1)
KEY_OLD_AFTER = timedelta(days=2 * 365)


@dataclass(frozen=True)
class Finding:
    """One thing to look into. `where`: an ID, a place in the database, or a day."""

    kind: Worry
    where: str


@dataclass(frozen=True)
class Audit:
    """What was looked at, and what was found."""

    posts: int
    seals: int
    values: int
    entries: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings


def audit(house: House, actor: Actor) -> Audit:
    """Look at everything and return what was found. Reads only; the page and the command say the same.

    Raises: Refused('role').
    """
    actor.must(Act.AUDIT)
    with house.reading(snapshot=True) as connection:
        posts, without = _posts(house, connection)
        findings = [Finding(Worry.POST_WITHOUT_CONSENT, each) for each in without]
        findings += [
            Finding(Worry.TAKEDOWN_OVERDUE, each) for each in records.overdue_takedowns(connection, house.clock())
        ]
    trail, opened = custody.verify(house), key_care.check_everything(house)
    seals, broken = restoring.check_seals(house)
    findings += [Finding(Worry.TRAIL, f"{problem.code}: {problem.where}") for problem in trail.problems]
    findings += [Finding(Worry.CANNOT_BE_OPENED, place) for place in opened.failed]
    findings += [Finding(Worry.SEAL_BROKEN, place) for place in broken]
    findings += [Finding(Worry.STAMP_OWED, document_id) for document_id in _unstamped(house)]
    findings += [Finding(Worry.ISSUERS_SILENT, document_id) for document_id in _wordless(house)]
    if unstamped_since := head_stamps.late(house):
        findings.append(Finding(Worry.HEAD_NOT_STAMPED, unstamped_since))
    if ahead := clock_care.doubt(house):
        findings.append(Finding(Worry.CLOCK_IN_DOUBT, ahead.isoformat(timespec="seconds")))
    findings += _ends(house)
    return Audit(posts, seals, opened.opened, trail.entries, tuple(findings))


def _unstamped(house: House) -> Sequence[str]:
    if house.stamper is None:
        return ()
    now = house.clock()
    with house.reading() as connection:
        return stamps.unstamped(connection, now - STAMP_OLD_AFTER, now)


def _wordless(house: House) -> Sequence[str]:
    if house.stamper is None:
        return ()
    with house.reading() as connection:
        return stamps.wordless(connection, house.clock() - STAMP_OLD_AFTER)


def _posts(house: House, connection: Connection) -> tuple[int, list[str]]:
    """Return how many posts went out, and which of them had no living consent on their day."""
    showing = records.showing_somebody(connection)
    count, without = 0, []
    for post_id, rows in groupby(records.posts_with_consents(connection), key=lambda row: row.id):
        found = list(rows)
        at = found[0].out_at
        consents = [
            Lifetime(
                row.signed_at,
                last_good_day(row.expires_on, row.event_confirmed_on),
                row.revoked_at,
                row.void_at is not None,
            )
            for row in found
            if row.consent_id is not None
        ]
        count += 1
        if not had_consent(consents, at, day_in(house.terms.zone, at), nobody_shown=post_id not in showing):
            without.append(post_id)
    return count, without


def _ends(house: House) -> list[Finding]:
    """Return which keys, certificates and backups are near their end, or were never looked after."""
    found = []
    now = house.clock()
    for each in certificate_care.near_end(house, now):
        found.append(Finding(Worry.CERTIFICATE_ENDS, f"{each.name}, {each.ends.date().isoformat()}"))
    for code in certificate_care.troubles(house):
        found.append(Finding(Worry(code), house.sealer.certificate.name))
    keys = key_care.standing(house, COMMAND)
    if house.terms.demo:
        return found
    if keys.owed:
        found.append(Finding(Worry.KEYS_NOT_KEPT_APART, keys.current))
    made = key_care.oldest_key(house)
    if made is not None and now - made > KEY_OLD_AFTER:
        found.append(Finding(Worry.KEY_OLD, made.date().isoformat()))
    last = backup.newest(house)
    if last is None or now - last > BACKUP_OLD_AFTER:
        found.append(Finding(Worry.BACKUP_OLD, "never" if last is None else last.date().isoformat()))
    return found
