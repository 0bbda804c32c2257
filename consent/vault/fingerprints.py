"""Keyed fingerprints: find a record by something that the database must not show.

Equal inputs give equal fingerprints, so that a row can be found; without the key nobody can try inputs.
They are for the inside of the database only: an image ID or a page never carries one (45 CFR 164.514(c)).
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from consent.vault.binding import bind
from consent.vault.keyring import Keyring
from consent.vault.search_keys import SearchKeys

# Letters by Unicode's account, but apostrophes and Arabic lengthening to those who type names.
_UNSPOKEN = re.compile("[\u02b0-\u02ff\u0640]")
# Letters with a stroke or a tail that no decomposition takes off, and that are typed without it elsewhere.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


@dataclass(frozen=True)
class Fingerprints:
    """What stands beside a patient's ciphertext: the search key's id, and 64 hexadecimal digits for each way to find.

    There is none of the birth date alone: so few days would group the people of a database, and could be tried out
    by whoever steals the key.
    """

    key_id: str
    record: str | None
    person: str


def fingerprints_of(keys: SearchKeys, name: str, born_on: date, record_number: str) -> Fingerprints:
    """Give how a patient is found, under the current search key; `record` is None without a record number.

    Raises: ValueError if nothing of the name is left to compare.
    """
    key_id = keys.current_id
    record = normalised(record_number)
    return Fingerprints(
        key_id,
        _search(keys.keys[key_id], "record-number", record) if record else None,
        _search(keys.keys[key_id], "name-and-birth-date", _name(name), born_on.isoformat()),
    )


def record_number_fingerprints(keys: SearchKeys, record_number: str) -> tuple[str, ...]:
    """Give what this record number may be kept as, under each search key: while keys change, more than one finds.

    Case, accents, spaces, hyphens, wide and non-Latin digits make no difference; leading zeros do.
    Raises: ValueError if nothing is left to fingerprint.
    """
    record = normalised(record_number)
    if not record:
        raise ValueError("There is nothing to fingerprint.")
    return tuple(_search(key, "record-number", record) for key in keys.keys.values())


def person_fingerprints(keys: SearchKeys, name: str, born_on: date) -> tuple[str, ...]:
    """Give what this name with this birth date may be kept as, under each search key.

    Raises: ValueError if nothing of the name is left to compare.
    """
    plain = _name(name)
    return tuple(_search(key, "name-and-birth-date", plain, born_on.isoformat()) for key in keys.keys.values())


def normalised_name(name: str) -> str:
    """Give a name as it is compared: letters and digits only, case folded, without accents (NFKD).

    So "O’Hara-Núñez", "ohara nunez" and "O'HARA NUNEZ" are one; a name in Arabic loses its vowel signs and the
    lengthening of letters, one in Chinese its spaces, and each stays what it is.
    """
    return "".join(sign for sign in normalised(normalised(name).translate(PLAIN)) if _is_spoken(sign))


def _is_spoken(sign: str) -> bool:
    # Mc: vowels that stand beside their letter, as in Hindi.
    return not _UNSPOKEN.fullmatch(sign) and (sign.isalnum() or unicodedata.category(sign) == "Mc")


def _name(name: str) -> str:
    plain = normalised_name(name)
    if not plain:
        raise ValueError("There is nothing to fingerprint.")
    return plain


def _search(key: bytes, kind: str, *parts: str) -> str:
    return hmac.digest(key, bind("patient-media-consent/search/1", kind, *parts), "sha256").hex()


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
