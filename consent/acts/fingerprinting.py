"""Make anew, under a new search key, the fingerprints by which people are found; searching goes on meanwhile.

Source: NIST SP 800-57 part 1, 5.3 (every key has an end); 45 CFR 164.312(a)(2)(iv).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consent.acts.actor import Actor
from consent.acts.dossier import open_who
from consent.acts.house import House
from consent.records import consents
from consent.records.tables.consents import patient
from consent.rules.access import Act
from consent.rules.refusal import Reason, Refused
from consent.vault.fingerprints import fingerprints_of

LOT = 200
ROTATE = "keys.rotate-fingerprints"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FoundBy:
    """Which search key is written with, and how many patients each one finds."""

    current: str
    patients: Mapping[str, int]

    @property
    def is_one(self) -> bool:
        """Return whether the current key finds everybody."""
        return set(self.patients) <= {self.current}


def found_by(house: House, actor: Actor) -> FoundBy:
    """Return how the search keys stand. Raises: Refused('role')."""
    actor.must(Act.LOOK_AFTER_KEYS)
    with house.reading() as connection:
        return FoundBy(house.search_keys().current_id, consents.fingerprint_keys(connection))


def make_all_anew(house: House, actor: Actor, progress: Progress = lambda done, total: None) -> int:
    """Make every fingerprint anew that another key than the current one made; return of how many patients.

    In lots of 200, each one deed whose custody entry names the patients that were opened for it: whoever interrupts
    it goes on where it was by calling it again, and meanwhile everybody is found by both keys.
    Raises: Refused('role'); vault CannotDecrypt, KeyError: that lot is left as it was.
    """
    actor.must(Act.LOOK_AFTER_KEYS)
    before = found_by(house, actor)
    total, done = sum(count for key_id, count in before.patients.items() if key_id != before.current), 0
    while True:
        some = _make_lot(house, actor)
        if not some:
            return done
        done += some
        progress(done, max(total, done))


def _make_lot(house: House, actor: Actor) -> int:
    with house.writing(actor) as deed:
        keys = house.search_keys()
        rows = consents.found_by_other_keys(deed.connection, keys.current_id, LOT)
        for row in rows:
            made = fingerprints_of(keys, *open_who(house, deed.connection, row))
            deed.ledger.update(
                patient,
                row.id,
                fingerprint_key=made.key_id,
                record_fingerprint=made.record,
                person_fingerprint=made.person,
            )
        if not rows:
            deed.nothing()
            return 0
        others = sorted({row.fingerprint_key for row in rows})
        deed.enter(ROTATE, {"patient": [row.id for row in rows], "from": others, "to": keys.current_id})
    return len(rows)


def note_retired(house: House, actor: Actor, key_id: str) -> None:
    """Record that a search key is about to be removed. Raises: Refused: role, key-in-use."""
    actor.must(Act.LOOK_AFTER_KEYS)
    with house.writing(actor) as deed:
        if consents.fingerprint_keys(deed.connection).get(key_id):
            raise Refused(Reason("key-in-use"))
        deed.enter("keys.retire", {"search": key_id})


def lost_keys(house: House) -> tuple[str, ...]:
    """Return the search keys that the database needs and that are missing here: some patients would not be found."""
    with house.reading() as connection:
        needed = consents.fingerprint_keys(connection)
    return tuple(sorted(set(needed) - set(house.search_keys().keys)))
