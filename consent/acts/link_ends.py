"""End the links to the signer's own phone, inside the act that makes them pointless."""

from __future__ import annotations

from consent.acts.house import Deed
from consent.records import ways
from consent.records.tables.ways import signing_link


def end_links(deed: Deed, consent_id: str, state: str = "cancelled") -> list[str]:
    """End every open link of a consent; return their IDs. Its signing session is the caller's to end."""
    rows = ways.open_links(deed.connection, consent_id)
    for row in rows:
        deed.ledger.update(signing_link, row.id, state=state, ended_at=deed.now)
    return [str(row.id) for row in rows]
