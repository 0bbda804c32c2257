"""Open what was encrypted. Only the acts named in pyproject's contract may import this: the short answer to
"where is a name opened?". Who shows something to a person writes who looked, and why, to custody.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from consent.acts.house import House, find_wrapped
from consent.vault.decrypt import decrypt
from consent.vault.envelope import Where, WrappedKey, data_key_id


def open_bytes(house: House, connection: Connection, where: Where, token: bytes) -> bytes:
    """Return the bytes encrypted for exactly this place.

    Raises: vault CannotDecrypt (altered, moved, or another key); KeyError if its data key was destroyed.
    """
    return decrypt(house.keyring, find_wrapped(connection, data_key_id(token)), where, token)


def open_text(  # noqa: PLR0917 - place, then token, as it is kept
    house: House, connection: Connection, table: str, row: str, column: str, token: bytes, version: int = 1
) -> str:
    """Return the text encrypted for this table, row, column and version of it. Raises: as `open_bytes`."""
    return open_bytes(house, connection, Where(table, row, column, version), bytes(token)).decode()


def open_with(house: House, key: WrappedKey, where: Where, token: bytes) -> bytes:
    """Return the bytes encrypted for this place with a data key that is at hand. Raises: vault CannotDecrypt."""
    return decrypt(house.keyring, key, where, token)
