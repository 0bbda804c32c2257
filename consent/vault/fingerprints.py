"""Keyed fingerprints: find a record by something that the database must not show.

Equal inputs give equal fingerprints, so that a row can be found; without the key nobody can try inputs.
They are for the inside of the database only: an image ID or a page never carries one (45 CFR 164.514(c)).
"""

from __future__ import annotations

import hmac
import unicodedata
from datetime import date

from consent.vault.binding import bind
from consent.vault.keyring import Keyring


def record_number_fingerprint(keyring: Keyring, record_number: str) -> str:
    """Give `<key id>:<64 hexadecimal digits>`, the same however the number was typed.

    Case, accents, spaces, hyphens, wide and non-Latin digits make no difference; leading zeros do.
    Raises: ValueError if nothing is left to fingerprint.
    """
    return _fingerprint(keyring, "record-number", normalised(record_number))


def birth_date_fingerprint(keyring: Keyring, born_on: date) -> str:
    """Give `<key id>:<64 hexadecimal digits>` for a date of birth."""
    return _fingerprint(keyring, "birth-date", born_on.isoformat())


def normalised(text: str) -> str:
    """Give the text as it is compared: NFKC, case folded, without accents, spaces, hyphens, invisible signs."""
    text = unicodedata.normalize("NFKC", text).casefold()
    # Folding may leave letters that decompose again; a second round makes the result stable.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(_plain_digit(sign) for sign in text if not _ignored(sign))
    return unicodedata.normalize("NFKC", kept)


def _ignored(sign: str) -> bool:
    # U+2212 is the minus sign, which word processors put where a hyphen was meant.
    return sign.isspace() or sign == "\u2212" or unicodedata.category(sign) in ("Mn", "Cf", "Cc", "Pd")


def _plain_digit(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    return sign if digit is None else str(digit)


def _fingerprint(keyring: Keyring, kind: str, text: str) -> str:
    if not text:
        raise ValueError("There is nothing to fingerprint.")
    message = bind("patient-media-consent/fingerprint/1", kind, text)
    return f"{keyring.fingerprint_key_id}:{hmac.digest(keyring.fingerprint_key, message, 'sha256').hex()}"


def counter_name(keyring: Keyring, purpose: str, who: str) -> str:
    """Give `<purpose>:<key id>:<64 hexadecimal digits>`: under which wrong tries of somebody are counted."""
    return f"{purpose}:{_fingerprint(keyring, purpose, normalised(who) or '-')}"


def caption_mark(keyring: Keyring, caption: str) -> str:
    """Give `<key id>:<64 hexadecimal digits>` for the exact words beside a picture, or for there being none.

    Every letter and space counts: other words are another post. Only line ends and what surrounds it do not.
    """
    lines = "\n".join(caption.splitlines()).strip()
    return _fingerprint(keyring, "caption", f"={lines}")
