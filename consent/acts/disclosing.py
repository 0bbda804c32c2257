"""What is told about one consent in its bundle, and what is held back because it is another patient's.

Records go as custody digested them, with the salt that shows it; words that are encrypted are opened where they are
this consent's alone. Of anybody else in the same picture nothing goes but the ID. Source: domain rule 54.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.house import House, find_wrapped
from consent.acts.opening import open_text
from consent.records import bundles, custody, keys, staff
from consent.records.bundles import Rows
from consent.records.ledger import as_digested
from consent.records.tables.images import image_link
from consent.records.tables.posts import post_consent
from consent.rules.grounds import Ground
from consent.rules.posting import Condition
from consent.rules.verdict_words import CONDITION_WORDS, GROUND_WORDS

ELSEWHERE = "for a reason that is not this consent's"


@dataclass(frozen=True)
class Told:
    """One entry that is about this consent; `words` are empty where there are none, or none to be told."""

    number: int
    at: str
    act: str
    actor: str
    about: Mapping[str, Any]
    hash: str
    words: str


@dataclass(frozen=True)
class Disclosed:
    """All that the bundle tells, besides papers and form."""

    row: Row[Any]
    documents: tuple[Row[Any], ...]
    entries: tuple[Told, ...]
    words: tuple[tuple[int, bytes, str], ...]
    records: tuple[tuple[str, Mapping[str, Any], bytes | None], ...]
    facts: Mapping[str, list[dict[str, Any]]]
    names: Mapping[str, str]
    """Staff IDs -> names."""

    @property
    def whole(self) -> frozenset[int]:
        """Return the numbers of the entries that go in full."""
        return frozenset(each.number for each in self.entries)


def disclose(house: House, connection: Connection, row: Row[Any], until: int) -> Disclosed:
    """Return what is told about this consent, as of entry `until`."""
    found = bundles.about(connection, row.id)
    reader = _Reader(house, connection, row, found)
    keyed = {
        f"{table}/{each.id}": each for table, rows in found.items() for each in rows if reader.may_tell(table, each)
    }
    last = bundles.last_written(connection, keyed, until)
    images = {each.id for each in found["image"]}
    named = bundles.entries_naming(connection, bundles.names_of(connection, row.id, found) | images)
    numbers = {number for number in named | set(last.values()) if number <= until}
    refs = bundles.refs_of(connection, numbers)
    others = bundles.strangers(connection, row.patient_id, {ref for each in refs.values() for ref in each})
    # What is another patient's act is his: it stays a digest, unless it is this consent's as well.
    whole = {number for number in numbers if row.id in refs[number] or not refs[number] & others}
    entries, words = reader.entries(whole, {number for number in whole if not refs[number] & others})
    return Disclosed(
        row=row,
        documents=tuple(each for each in found["document"] if each.kind != "letter"),
        entries=tuple(entries),
        words=tuple(words),
        records=tuple(
            (name, as_digested(each._asdict()), _salt(connection, each))
            for name, each in sorted(keyed.items())
            if last.get(name) in whole
        ),
        facts=reader.facts(),
        names=staff.names(connection, {each.actor.partition(":")[2] for each in entries}),
    )


def _salt(connection: Connection, row: Row[Any]) -> bytes | None:
    key_id = row._mapping.get("key_id")
    return find_wrapped(connection, key_id).salt if key_id else None


class _Reader:
    """Reads one consent's rows; knows which pictures and posts show somebody else as well."""

    def __init__(self, house: House, connection: Connection, row: Row[Any], found: Rows) -> None:
        self._house = house
        self._connection = connection
        self._row = row
        self._found = found
        images = {each.id for each in found["image"]}
        posts = {each.id for each in found["post"]}
        self._shared_images = bundles.shared(connection, image_link, "image_id", images, row.patient_id)
        self._shared_posts = bundles.shared(connection, post_consent, "post_id", posts, row.patient_id)
        self._own_people = bundles.own_people(connection, row.id)
        self._own_revocations = {each.id for each in found["revocation"]}

    def may_tell(self, table: str, row: Row[Any]) -> bool:
        """Say whether the whole record may go: nothing in it tells of somebody else."""
        if table == "look_up":
            return row.image_id not in self._shared_images
        if table == "takedown":
            return row.post_id not in self._shared_posts or row.revocation_id in self._own_revocations
        return True

    def entries(self, whole: set[int], told: set[int]) -> tuple[list[Told], list[tuple[int, bytes, str]]]:
        """Return these entries in order, with the words beside those in `told`; and the words with their salts."""
        entries, words = [], []
        for row in bundles.entries(self._connection, whole):
            kept = custody.find_text(self._connection, row.number) if row.number in told else None
            if kept is not None and keys.find_key(self._connection, kept.key_id) is None:
                # Destroyed with another consent of his.
                kept = None
            said = ""
            if kept is not None:
                said = open_text(
                    self._house, self._connection, "custody_text", str(row.number), "content", kept.content
                )
                words.append((row.number, find_wrapped(self._connection, kept.key_id).salt, said))
            content = json.loads(bytes(row.entry))
            entries.append(Told(row.number, content["at"], row.act, row.actor, content["about"], row.hash, said))
        return entries, words

    def facts(self) -> dict[str, list[dict[str, Any]]]:
        """Return what came of the consent, by subject, in plain words and codes."""
        found = self._found
        return {
            "answers": [
                {
                    "record": f"consent_answer/{each.id}",
                    "asked": f"{each.kind}: {self._name(each.kind, each.code)}",
                    "answer": _yes(each.answer),
                    "withdrawn": _time(each.withdrawn_at),
                }
                for each in found["consent_answer"]
            ],
            "pictures": [
                {
                    "record": f"image_link/{each.id}",
                    "picture": each.image_id,
                    "linked": _time(each.linked_at),
                    "unlinked": _time(each.unlinked_at),
                    "shows somebody else too": _yes(each.image_id in self._shared_images),
                }
                for each in found["image_link"]
            ],
            "verdicts": [self._verdict(each) for each in sorted(found["look_up"], key=lambda each: each.asked_at)],
            "posts": [self._post(each) for each in found["post"]],
            "takedowns": [self._takedown(each) for each in found["takedown"]],
            "revocations": [self._request(each) for each in found["revocation_request"]],
            "notices": [
                {
                    "record": f"notice/{each.id}",
                    "kind": each.kind,
                    "to": each.to_role or each.to,
                    "owed": _time(each.owed_at),
                    "state": each.state,
                    "sent": _time(each.sent_at),
                }
                for each in found["notice"]
            ],
        }

    def _verdict(self, row: Row[Any]) -> dict[str, Any]:
        is_shared = row.image_id in self._shared_images
        own = [code for code, person in row.reasons if not person or person in self._own_people]
        reasons = [GROUND_WORDS[Ground(code)] for code in own]
        if len(own) < len(row.reasons):
            reasons.append(f"No {ELSEWHERE}.")
        return {
            "record": f"look_up/{row.id}",
            "asked": _time(row.asked_at),
            "by": row.asked_by,
            "picture": row.image_id,
            "where": self._place(row),
            "for the day": row.for_day.isoformat(),
            "answer": _yes(row.yes),
            "reasons": reasons,
            # A condition of a shared picture may be the other person's.
            "conditions": [] if is_shared else [CONDITION_WORDS[Condition(each)] for each in row.conditions],
        }

    def _post(self, row: Row[Any]) -> dict[str, Any]:
        is_shared = row.id in self._shared_posts
        return {
            "record": f"post/{row.id}",
            "where": self._place(row),
            "state": row.state,
            "planned": _time(row.planned_at),
            "approved": _time(row.approved_at),
            "posted": _time(row.posted_at),
            "address": self._opened("post", row, "address"),
            "caption": "not told: the post shows somebody else too"
            if is_shared
            else self._opened("post", row, "caption"),
            "flagged": _time(row.flagged_at),
        }

    def _takedown(self, row: Row[Any]) -> dict[str, Any]:
        is_own = self.may_tell("takedown", row)
        note = self._opened("takedown", row, "evidence") if is_own else ""
        return {
            "record": f"takedown/{row.id}",
            "post": row.post_id,
            "why": row.why if is_own else ELSEWHERE,
            "flagged": _time(row.flagged_at),
            "due": _time(row.due_at),
            "state": row.state,
            "seen to be gone": _time(row.seen_at),
            "could not be removed because": row.cannot_why or "",
            "evidence": json.loads(note)["note"] if note else "",
            "screenshot, SHA-256": row.evidence_sha256 or "" if is_own else "",
            "closed": _time(row.closed_at),
        }

    def _request(self, row: Row[Any]) -> dict[str, Any]:
        return {
            "record": f"revocation_request/{row.id}",
            "number": row.number,
            "came by": row.way,
            "scope": row.scope,
            "made": _time(row.made_at),
            "words": self._opened("revocation_request", row, "words"),
            "known how": self._opened("revocation_request", row, "known_how"),
            "state": row.state,
            "closed": _time(row.closed_at),
            "withdrawn": [
                "the whole consent"
                if each.whole
                else [f"{kind}: {self._name(kind, code)}" for kind, code in each.parts]
                for each in self._found["revocation"]
                if each.request_id == row.id
            ],
        }

    def _opened(self, table: str, row: Row[Any], column: str) -> str:
        token = row._mapping[column]
        return "" if token is None else open_text(self._house, self._connection, table, row.id, column, token)

    def _place(self, row: Row[Any]) -> str:
        place = f"{self._name('channel', row.channel)}, for {self._name('purpose', row.purpose)}"
        return place if row.account == "organisation" else f"{place}, account {row.account}"

    def _name(self, kind: str, code: str) -> str:
        forms = self._house.forms
        known: Mapping[str, Any] = {"channel": forms.channels, "purpose": forms.purposes, "medium": forms.media}.get(
            kind, {}
        )
        return str(known[code].words["en"].name) if code in known else code


def _yes(said: object) -> str:
    return "yes" if said else "no"


def _time(moment: Any) -> str:  # noqa: ANN401 - a column of times
    return "" if moment is None else custody.written_time(moment)
