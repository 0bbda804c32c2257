"""Identifiers: random row ids, and the two that people type or read aloud.

Source: 45 CFR 164.514(c) (a code must not be derived from anything about the person).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final, Literal, NewType

PatientId = NewType("PatientId", str)
ConsentId = NewType("ConsentId", str)
ImageId = NewType("ImageId", str)
StaffId = NewType("StaffId", str)
UnitId = NewType("UnitId", str)
PostId = NewType("PostId", str)
ReleaseId = NewType("ReleaseId", str)
TakedownId = NewType("TakedownId", str)
ConsentNumber = NewType("ConsentNumber", str)
RequestNumber = NewType("RequestNumber", str)
PrintCode = NewType("PrintCode", str)

Random = Callable[[int], bytes]
"""Gives that many bytes from a cryptographically secure source (`secrets.token_bytes`)."""

# No I L O U 0 1 (misread) and no S (reads as 5, sounds like F). 29 is prime, which is what lets one weighted
# sum catch every single wrong character and every exchange of two characters.
SAFE_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRTVWXYZ"
_VALUE: Final = {character: value for value, character in enumerate(SAFE_ALPHABET)}
_IMAGE_BODY: Final = 8
_CONSENT_BODY: Final = 6
_REQUEST_BODY: Final = 7
_PRINT_BODY: Final = 5
_IGNORED: Final = dict.fromkeys(map(ord, " \t\r\n\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212_."))
# A shorter field (an initial, a house number) turns up in random text by chance and tells nobody anything.
_TELLING_LENGTH: Final = 3
_ID_BYTES: Final = 16
# Base32 in pairs of characters: ten bits at a time.
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(first + second for first in _BASE32 for second in _BASE32)
_PLACES: Final = range(120, -10, -10)


class BadIdentifier(ValueError):
    """What was typed is no identifier: its `kind` is 'format' (not the shape) or 'check' (mistyped)."""

    def __init__(self, kind: Literal["format", "check"]) -> None:
        super().__init__(kind)
        self.kind: Literal["format", "check"] = kind


def new_id(random: Random) -> str:
    """Return a row id: 26 lower-case base32 characters of 16 random bytes."""
    number = int.from_bytes(random(_ID_BYTES)) << 2
    return "".join([_PAIRS[number >> place & 1023] for place in _PLACES])


def check_character(body: str) -> str:
    """Return the character that makes the weighted sum of `body` and itself divisible by 29."""
    return SAFE_ALPHABET[-_weighted(body) % len(SAFE_ALPHABET)]


def new_image_id(random: Random, patient_fields: Iterable[str] = ()) -> ImageId:
    """Return a fresh image ID (`IMG-7K3Q-9XTF-3`) that contains or hashes none of `patient_fields` (rule 29).

    Whether it was used before is the caller's to check: the database's unique key refuses it.
    """
    fields = tuple(patient_fields)
    while True:
        image = _image(_draw(random, _IMAGE_BODY))
        if not betrays(image, fields):
            return image


def new_consent_number(random: Random) -> ConsentNumber:
    """Return the short number printed on the patient's copy and card (`7K3Q-9XD`)."""
    return _number(_draw(random, _CONSENT_BODY))


def new_request_number(random: Random) -> RequestNumber:
    """Return the short number of a patient's request to stop (`7K3Q-9XDB`), one longer than a card's."""
    return _request(_draw(random, _REQUEST_BODY))


def parse_image_id(text: str) -> ImageId:
    """Return the image ID that a person typed: lower case, no hyphens and no `IMG` are accepted.

    Raises: BadIdentifier.
    """
    characters = _plain(text)
    # The prefix cannot be the beginning of a body: I is not in the alphabet.
    return _image(_checked(characters.removeprefix("IMG"), _IMAGE_BODY))


def parse_consent_number(text: str) -> ConsentNumber:
    """Return the consent number that a person typed. Raises: BadIdentifier."""
    return _number(_checked(_plain(text), _CONSENT_BODY))


def new_print_code(random: Random) -> PrintCode:
    """Return the code of one printing of a paper form (`4T7-K2M`): short, because people copy it from the sheet."""
    return _print_code(_draw(random, _PRINT_BODY))


def parse_print_code(text: str) -> PrintCode:
    """Return the code that a person typed, or that a reader typed after the consent number. Raises: BadIdentifier."""
    characters = _plain(text)
    if len(characters) == _CONSENT_BODY + 1 + _PRINT_BODY + 1:
        characters = characters[_CONSENT_BODY + 1 :]
    return _print_code(_checked(characters, _PRINT_BODY))


def parse_request_number(text: str) -> RequestNumber:
    """Return the number of a request that a person typed. Raises: BadIdentifier."""
    return _request(_checked(_plain(text), _REQUEST_BODY))


def betrays(image: str, patient_fields: Iterable[str]) -> bool:
    """Say whether the image ID contains one of the patient's fields, or the beginning of its SHA-256."""
    body = _plain(image).removeprefix("IMG")
    for field in patient_fields:
        plain = "".join(character for character in _plain(field) if character.isalnum())
        if len(plain) >= _TELLING_LENGTH and (plain in body or body in plain):
            return True
        if hashlib.sha256(field.encode()).hexdigest().upper().startswith(body[:_IMAGE_BODY]):
            return True
    return False


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper().translate(_IGNORED)


def _weighted(body: str) -> int:
    # Weights are distinct and not 1, which is the check character's own.
    return sum([weight * _VALUE[character] for weight, character in enumerate(body, start=2)])


def _checked(characters: str, body_length: int) -> str:
    if len(characters) != body_length + 1 or not set(characters) <= _VALUE.keys():
        raise BadIdentifier("format")
    body, check = characters[:-1], characters[-1]
    if check != check_character(body):
        raise BadIdentifier("check")
    return body


def _draw(random: Random, length: int) -> str:
    # Bytes beyond the last whole multiple of 29 are thrown away, so that every character is equally likely.
    fair = 256 - 256 % len(SAFE_ALPHABET)
    body = ""
    while len(body) < length:
        body += "".join(SAFE_ALPHABET[byte % len(SAFE_ALPHABET)] for byte in random(length) if byte < fair)
    return body[:length]


def _image(body: str) -> ImageId:
    return ImageId(f"IMG-{body[:4]}-{body[4:]}-{check_character(body)}")


def _number(body: str) -> ConsentNumber:
    return ConsentNumber(f"{body[:4]}-{body[4:]}{check_character(body)}")


def _print_code(body: str) -> PrintCode:
    return PrintCode(f"{body[:3]}-{body[3:]}{check_character(body)}")


def _request(body: str) -> RequestNumber:
    return RequestNumber(f"{body[:4]}-{body[4:]}{check_character(body)}")
