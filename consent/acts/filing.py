"""Put a finished paper away: encrypted into the blob store first, its row second.

A crash between the two leaves a blob that no row names; upkeep sweeps it, and it is not on our record.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.house import Deed, House
from consent.acts.kept_certificates import keep_current
from consent.acts.opening import open_bytes
from consent.records import consents
from consent.records.stamps import STAMPED
from consent.records.tables.consents import document
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound
from consent.vault.envelope import Where, WrappedKey, encrypt, new_data_key


class Altered(RuntimeError):
    """A stored document is not the one that was recorded: it is never handed out."""


@dataclass(frozen=True)
class PutAway:
    """A document in the blob store that no row names yet. `sha256` is of the file as the patient gets it."""

    id: str
    key: WrappedKey
    blob: str
    sha256: str
    size: int


def put_away(house: House, pdf: bytes) -> PutAway:
    """Encrypt the file under a fresh data key and store it; outside any transaction. Raises: vault CannotStore."""
    document_id, key = new_id(secrets.token_bytes), new_data_key(house.keyring)
    token = encrypt(house.keyring, key, Where("document", document_id, "blob"), pdf)
    return PutAway(document_id, key, house.blobs.put(token), hashlib.sha256(pdf).hexdigest(), len(pdf))


def record(
    deed: Deed, put: PutAway, consent_id: str, *, kind: str, language: str, made_at: datetime, seal: str | None
) -> str:
    """Write the document's row and return its ID. `seal`: the sealing certificate's fingerprint, if it is sealed.

    Raises: documents CannotSeal (revoked): its certificate was revoked meanwhile.
    """
    if seal is not None:
        keep_current(deed)
    return _insert(deed, put, consent_id, kind=kind, language=language, made_at=made_at, seal=seal)


def record_version(deed: Deed, put: PutAway, before: Row[Any]) -> str:
    """Write the row of a sealed file's next version, time-stamped, and return its ID. `before`: the version before."""
    return _insert(
        deed, put, before.consent_id, kind=STAMPED, language=before.language, made_at=deed.now, seal=before.seal
    )


def _insert(
    deed: Deed, put: PutAway, consent_id: str, *, kind: str, language: str, made_at: datetime, seal: str | None
) -> str:
    deed.ledger.add_key(put.key.id, put.key.kek_id, put.key.wrapped, put.key.salt, deed.now)
    deed.ledger.insert(
        document,
        id=put.id,
        consent_id=consent_id,
        kind=kind,
        key_id=put.key.id,
        blob=put.blob,
        sha256=put.sha256,
        size=put.size,
        language=language,
        seal=seal,
        made_at=made_at,
    )
    return put.id


def take_out(house: House, connection: Connection, consent_id: str) -> bytes:
    """Return the sealed consent in its newest version, byte for byte as it was recorded. Raises: NotFound; Altered."""
    row = consents.find_document(connection, consent_id)
    if row is None:
        raise NotFound
    return read(house, connection, row)


def read(house: House, connection: Connection, row: Row[Any]) -> bytes:
    """Return a document by its row, byte for byte as it was recorded. Raises: Altered."""
    pdf = open_bytes(house, connection, Where("document", row.id, "blob"), house.blobs.get(row.blob))
    if hashlib.sha256(pdf).hexdigest() != row.sha256:
        raise Altered
    return pdf
