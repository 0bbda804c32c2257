"""A patient whose every word is unmistakable, a browser that remembers all it sees, and the search for the words."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import base64_decode
from werkzeug.test import TestResponse

from consent.acts.dossier import Person
from consent.acts.house import House
from consent.records.base import metadata
from tests.database.crawling import Page, csrf, is_page

PERSON = Person(
    "Zebulonia Quarterstaff-Émigré",
    date(1957, 8, 19),
    "CNRY-884213-QX",
    email="kookaburra.zq@patient.example",
    post="77 Thornbeak Crescent\nPelicanville",
    electronic_contact=True,
    language="en",
)
BIRTH = (
    "1957-08-19", "19570819", "08/19/1957", "8/19/1957", "19/08/1957", "19.08.1957", "19.8.1957", "August 19, 1957",
    "19 August 1957", "Aug 19, 1957", "1957, 8, 19", "19 de agosto de 1957", "8 19 1957",
)  # fmt: skip
DESCRIPTION = "Vermilion scar above the left clavicle after the flamethrower rehearsal"
CAPTION = "Kittiwake healed splendidly"
ADDRESS = "https://social.example/p/merganser-kittiwake"
WORDS = "My niece Ottoline saw the cassowary picture"
KNOWN_HOW = "Recognised by the gyrfalcon tattoo"
REASON = "Asked by Doctor Bullfinch about the ptarmigan burn"
NOTE = "The goosander picture was no longer there"
FILENAME = "quarterstaff-zebulonia-goldcrest.jpg"
TAGGED = "Artist Wheatear Quarterstaff"
NEEDLES = (
    PERSON.name, "Zebulonia", "Quarterstaff", PERSON.record_number, "884213", PERSON.email, "kookaburra", "Thornbeak",
    "Pelicanville", *BIRTH, DESCRIPTION, "Vermilion", "flamethrower", CAPTION, "Kittiwake", "merganser", WORDS,
    "Ottoline", "cassowary", KNOWN_HOW, "gyrfalcon", REASON, "Bullfinch", "ptarmigan", NOTE, "goosander", "goldcrest",
    "Wheatear",
)  # fmt: skip


def renderings(needle: str) -> Iterator[bytes]:
    """The ways in which a program writes a text: encoded, escaped, or as an unkeyed digest that guessing would find."""
    plain = needle.encode()
    yield from {plain, plain.lower(), plain.upper(), needle.encode("utf-16-le"), needle.encode("utf-16-be")}
    yield needle.encode("latin-1")
    yield from {quote(needle).encode(), quote_plus(needle).encode(), json.dumps(needle)[1:-1].encode()}
    for shift in range(3):
        # Whatever stands before it: the characters that depend on the needle alone.
        written = base64.b64encode(b"\0" * shift + plain)
        middle = written[-(-shift * 8 // 6) + (1 if shift else 0) : len(written) - 4]
        if len(middle) >= 8:
            yield middle
            yield middle.replace(b"+", b"-").replace(b"/", b"_")
    yield plain.hex().encode()
    for name in ("md5", "sha1", "sha256"):
        for text in (plain, plain.lower(), plain.upper()):
            digest = hashlib.new(name, text, usedforsecurity=False)
            yield from (digest.digest(), digest.hexdigest().encode(), base64.b64encode(digest.digest()))


EVERY = tuple(sorted({(needle, written) for needle in NEEDLES for written in renderings(needle)}))


def found_in(content: bytes, *but: str) -> list[str]:
    """The needles that this contains in any rendering, but those allowed here."""
    # Dates in sealed papers' own machinery and random digits are not birth dates: short needles are whole words.
    return sorted({needle for needle, written in EVERY if needle not in but and written in content})


class Watching(FlaskClient):
    """A browser that keeps everything that is not the body of a page: addresses, headers, cookies, titles, errors."""

    kept: list[tuple[str, bytes]]

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        request = answer.request
        where = f"{request.method} {request.path}"
        self.kept.append((f"address of {where}", str(request.url).encode()))
        for name, value in answer.headers.items():
            self.kept.append((f"header {name} of {where}", value.encode()))
            if name == "Set-Cookie":
                self.kept.append((f"inside the cookie of {where}", opened_cookie(value)))
        if is_page(answer):
            self.kept.append((f"title of {where}", Page(answer, request.path).title.encode()))
            if answer.status_code >= 400 and answer.status_code != 422:
                self.kept.append((f"error page {answer.status_code} of {where}", answer.data))
        return answer


def opened_cookie(header: str) -> bytes:
    """What our cookie says: signed, not encrypted, so that everybody at that browser can read it."""
    value = header.partition("=")[2].partition(";")[0]
    packed = value.startswith(".")
    try:
        content = base64_decode(value.lstrip(".").partition(".")[0])
        return zlib.decompress(content) if packed else content
    except (ValueError, zlib.error):
        return value.encode()


def watching(app: Flask, kept: list[tuple[str, bytes]]) -> None:
    """From now on every browser of this application is watched."""
    app.test_client_class = type("WatchingHere", (Watching,), {"kept": kept})


def press(client: FlaskClient, path: str, page: str | None = None, **fields: Any) -> TestResponse:
    """Send the form of a page as a browser would: with its hidden fields, and what is filled in."""
    shown = client.get(page or path)
    assert shown.status_code == 200, (path, shown.status_code, shown.headers.get("Location"))
    bare = path.partition("?")[0]
    forms = [form for form in Page(shown, page or path).forms if form.action.partition("?")[0] == bare]
    assert forms, f"no form for {path}"
    hidden = {name: known.offered[0] for name, known in forms[0].fields.items() if known.kind == "hidden"}
    return client.post(path, data={**hidden, "csrf_token": csrf(client), **fields})


def went(answer: TestResponse) -> str:
    """Where a form that was taken leads."""
    assert answer.status_code == 303, (answer.request.path, answer.status_code, problems(answer))
    return str(answer.location)


def problems(answer: TestResponse) -> str:
    text = answer.text if answer.mimetype == "text/html" else ""
    return " ".join(text.partition("<main")[2].split())[:1500]


class Remembering(logging.Handler):
    """Every line that any logger writes, at any level, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, int, str]] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.name, record.levelno, self.format(record)))


def in_database(house: House) -> Iterator[tuple[str, bytes]]:
    """Every value of every column of every table, as the driver gives it."""
    inspected = sa.inspect(house.engine)
    names = inspected.get_table_names()
    assert set(names) >= set(metadata.tables)
    with house.reading() as connection:
        for name in names:
            for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')):
                for column, value in row._mapping.items():
                    content = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    yield f"{name}.{column}", content


def in_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that the installation wrote, the database's own among them, and every file's name."""
    for path in folder.rglob("*"):
        yield "name of a file", str(path.relative_to(folder)).encode()
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def in_mails(mails: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Every header and body, decoded; the patient's own address may stand in To."""
    for raw in mails:
        message = BytesParser(policy=policy.default).parsebytes(raw)
        assert isinstance(message, EmailMessage)
        for name, value in message.items():
            if (name, value) != ("To", PERSON.email):
                yield f"mail header {name}", str(value).encode()
        yield "mail body", message.get_content().encode()


def leaks(places: Iterable[tuple[str, bytes]]) -> Mapping[str, list[str]]:
    """Place -> what was found there."""
    every = list(places)
    # All of it at once first: tens of thousands of short texts, each searched for a thousand renderings, take a minute.
    if not found_in(b"\n".join(content for _, content in every)):
        return {}
    found: dict[str, set[str]] = {}
    for place, content in every:
        for needle in found_in(content):
            found.setdefault(place, set()).add(needle)
    return {place: sorted(needles) for place, needles in sorted(found.items())}


def told_in(folder: Path) -> list[str]:
    """The files that hold one of the unmistakable words as they are: for folders too large for every rendering."""
    words = [needle.encode() for needle in NEEDLES if len(needle) > 9 and needle not in BIRTH]
    told = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size:
            content = path.read_bytes()
            told += [f"{path.name}: {word.decode()}" for word in words if word in content]
    return told
