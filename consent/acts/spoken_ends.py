"""End what was only spoken, inside the act with which its person stops everything."""

from __future__ import annotations

from collections.abc import Collection

from consent.acts.house import Deed
from consent.records import consents, ways
from consent.records.tables.consents import consent
from consent.records.tables.ways import spoken


def end_spoken(deed: Deed, patient_ids: Collection[str]) -> list[str]:
    """End everything that these patients only said by telephone; return the IDs of what ended."""
    ended = []
    for patient_id in patient_ids:
        for row in consents.of_patient(deed.connection, patient_id):
            for each in ways.spoken_of(deed.connection, row.id):
                if each.state in ("waiting", "heard"):
                    deed.ledger.update(spoken, each.id, state="withdrawn", ended_at=deed.now)
                    ended.append(str(each.id))
            if row.spoken_at is not None:
                deed.ledger.update(consent, row.id, spoken_at=None)
    return ended
