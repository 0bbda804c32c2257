"""No word of a patient gets into anything that is written, sent or shown outside the pages made for it.

One patient with unmistakable words goes through the whole life, by the pages wherever there is one, mistakes and
faults among it; then everything is searched: the database, the files, the log, the mails, addresses, titles, cookies.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from consent.acts import answering, cards, copying, custody, doors, letters, notices, upkeep
from consent.acts.actor import SYSTEM, Actor
from consent.acts.house import House
from consent.mailer import Security, SmtpMailer
from consent.records.tables.consents import consent
from consent.records.tables.custody import custody_text
from consent.records.tables.images import image_person
from consent.records.tables.posts import takedown
from consent.rules.access import Role
from consent.vault.blobs import CannotStore
from tests.database import canary
from tests.database.canary import leaks, press, went
from tests.database.crawling import Page, csrf
from tests.database.mail_server import Sink
from tests.database.out_there import TICKS
from tests.factory import FORM, Clock, Factory, looked_at, picture_bytes
from tests.staffroom import PASSWORD, browser, make_app, new_person, path_of, signed_in, with_second_factor

NEW = f"/consents/new/patient?form={FORM}&language=en"
HERE = {"channel": "instagram", "purpose": "public-education", "account": ""}
ASKED = (("medium", "photo"), ("purpose", "public-education"), ("channel", "instagram"), ("account", "organisation"))


@pytest.fixture
def log() -> Iterator[canary.Remembering]:
    """Every logger there is, at its most talkative."""
    handler, root = canary.Remembering(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "consent"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield handler
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "consent"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.setLevel(before)
    root.removeHandler(handler)


@dataclass
class Life:
    """The patient's life in one house, and everything that was seen of it outside the pages' bodies."""

    house: House
    factory: Factory
    clock: Clock
    app: Flask
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    shown: list[bytes] = field(default_factory=list)
    papers: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        canary.watching(self.app, self.kept)
        self.factory.ready_organisation()
        self.nurse = self.factory.clinician()
        self.poster = self.factory.staff(Role.COMMUNICATIONS)
        self.second = self.factory.staff(Role.COMMUNICATIONS)
        self.officer = self.factory.staff(Role.PRIVACY_OFFICER)

    def at(self, actor: Actor) -> FlaskClient:
        return signed_in(self.app, self.house, actor)

    def see(self, client: FlaskClient, *paths: str) -> str:
        """Open pages; what they show is for those who may see it."""
        text = ""
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            (self.shown if answer.mimetype == "text/html" else self.papers).append(answer.data)
            text = answer.text if answer.mimetype == "text/html" else ""
        return text

    def value(self, column: sa.Column[Any], **where: Any) -> str:
        with self.house.reading() as connection:
            wanted = sa.select(column)
            for name, value in where.items():
                wanted = wanted.where(column.table.c[name] == value)
            return str(connection.execute(wanted).scalars().first())


def typed_person() -> dict[str, str]:
    born = canary.PERSON.born_on
    return {
        "name": canary.PERSON.name, "born_on-day": str(born.day), "born_on-month": str(born.month),
        "born_on-year": str(born.year), "record_number": canary.PERSON.record_number, "post": canary.PERSON.post,
        "email": canary.PERSON.email, "electronic_contact": "yes", "preferred": "en",
    }  # fmt: skip


def prepare(life: Life) -> str:
    """A draft, page by page, with mistakes on the way; returns its ID."""
    desk = life.at(life.nurse)
    wrong = press(desk, "/consents/new/patient", NEW, **{**typed_person(), "born_on-month": "13"})
    assert wrong.status_code == 422
    onward = went(press(desk, "/consents/new/patient", NEW, **typed_person()))
    made = onward.split("/")[2]
    onward = went(press(desk, onward, signer="patient"))
    identity = {"identified_by": ["name", "birth-date"], "capacity": "yes", "told_voluntary": "yes"}
    onward = went(press(desk, onward, **identity))
    for kind, code in ASKED:
        posted = {"poster": "other"} if kind == "account" else {}
        onward = went(press(desk, f"/consents/{made}/ask/{kind}", **{kind: code}, **posted))
    assert went(press(desk, onward, description=canary.DESCRIPTION)) == f"/consents/{made}"
    life.see(desk, f"/consents/{made}", f"/consents/{made}/patient", f"/consents/{made}/preview", "/consents", "/")
    return made


def find_again(life: Life, made: str) -> None:
    """By record number, and by name with birth date; from another unit with a reason, and without one."""
    desk = life.at(life.nurse)
    number = press(desk, "/consents/find/record-number", "/consents/find", record_number=canary.PERSON.record_number)
    assert made in number.text
    other = life.at(life.factory.staff(Role.CLINICIAN, unit="Eyes"))
    born = {name: value for name, value in typed_person().items() if name.startswith("born_on")}
    assert press(other, "/consents/find/name", "/consents/find", **born).status_code == 422
    found = press(other, "/consents/find/name", "/consents/find", **born, name=canary.PERSON.name.upper())
    assert made in found.text
    assert canary.PERSON.name not in found.text
    asked = other.get(f"/consents/{made}")
    assert canary.PERSON.name not in asked.text
    data = {"csrf_token": csrf(other), "reason": canary.REASON}
    assert other.post(f"/consents/{made}/reason", data=data).status_code == 303
    assert canary.PERSON.name in life.see(other, f"/consents/{made}")


def hand_over(life: Life, made: str) -> tuple[FlaskClient, str]:
    tablet = life.at(life.nurse)
    assert went(press(tablet, f"/consents/{made}/hand-over", f"/consents/{made}")) == "/sign"
    with tablet.session_transaction() as session:
        found = doors.find(life.house, "signing", session["signing"])
    assert found
    return tablet, found


RIGHT = ("some", "any-time", "same")


def answer_all(life: Life, tablet: FlaskClient) -> None:
    """Page by page to the signature: yes to everything."""
    onward = went(press(tablet, "/sign"))
    while onward.startswith("/sign/page/"):
        page = Page(tablet.get(onward), onward)
        form = next(form for form in page.forms if form.action.partition("?")[0] == onward.partition("?")[0])
        said = {
            name: "no" if name == "permission:show-first" else "yes" if "yes" in known.offered else known.offered[0]
            for name, known in form.fields.items()
            if known.kind == "radio"
        }
        life.see(tablet, onward)
        onward = went(press(tablet, onward, **said, go="next"))
    asked_back = []
    while onward.startswith("/sign/understand/"):
        asked_back.append(onward)
        offered = Page(tablet.get(onward), onward).forms
        known = next(form.fields["said"] for form in offered if "said" in form.fields)
        right = next(code for code in RIGHT if code in known.offered)
        life.see(tablet, onward)
        onward = went(press(tablet, onward, said=right, go="next"))
    assert len(asked_back) == 4
    assert onward == "/sign/check"
    life.see(tablet, "/sign/check")
    assert went(press(tablet, "/sign/check", go="next")) == "/sign/electronic"


def sign(life: Life, tablet: FlaskClient, session_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed by typing, after every step of it has failed once with the patient's words in the error."""
    life.see(tablet, "/sign/electronic")
    assert press(tablet, "/sign/electronic", go="next").status_code == 422
    assert went(press(tablet, "/sign/electronic", disclosure="yes", go="next")) == "/sign/sign"
    said = {"typed": canary.PERSON.name, "go": "sign"}

    def fall(*args: object, **kwargs: object) -> Any:
        raise ValueError(f"{args} {kwargs} {canary.PERSON} {canary.DESCRIPTION}")

    def full(_ciphertext: bytes) -> str:
        raise CannotStore(full=True)

    for place, name, fault, status in (
        (life.house.printer, "print_paper", fall, 500),
        (life.house.sealer, "seal", fall, 500),
        (life.house.blobs, "put", full, 503),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(type(place), name, lambda _self, *args, _fault=fault, **more: _fault(*args, **more))
            assert press(tablet, "/sign/sign", **said).status_code == status
        assert answering.open_session(life.house, session_id).state == "open"
    assert press(tablet, "/sign/sign", go="sign").status_code == 422
    assert went(press(tablet, "/sign/sign", **said)) == "/sign/done"
    life.see(tablet, "/sign/done")


def take_copies(life: Life, tablet: FlaskClient, made: str, session_id: str) -> None:
    """On paper, and on the patient's phone with a wrong code first."""
    life.see(tablet, "/sign/copy", "/sign/copy/paper", "/sign/copy/print", "/sign/card", "/sign/end")
    went(press(tablet, "/sign/copy/paper", way="tablet"))
    assert tablet.post("/sign/copy/phone", data={"csrf_token": csrf(tablet)}).status_code == 200
    signer = Actor("signer", session_id)
    life.clock.pass_(seconds=5)
    offer = copying.offer_to_phone(life.house, signer, made)
    code = copying.code_for_phone(life.house, signer, made)
    phone = browser(life.app)
    assert went(phone.get(path_of(offer.address))) == "/copy"
    assert press(phone, "/copy", code="000000" if code != "000000" else "111111").status_code == 422
    assert went(press(phone, "/copy", code=code)) == "/copy"
    life.see(phone, "/copy", "/copy/file")
    assert phone.get(path_of(offer.address)).status_code == 410


def dirty_picture() -> bytes:
    """A picture whose metadata tells everything."""
    exif = Image.Exif()
    exif[0x013B] = canary.TAGGED
    exif[0x010E] = canary.DESCRIPTION
    exif[0x9286] = canary.WORDS
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture_bytes(71))) as shown:
        shown.save(out, "JPEG", exif=exif, comment=canary.PERSON.name.encode(), quality=90)
    return out.getvalue()


def take_picture(life: Life, made: str) -> str:
    """Taken in, looked at, linked; a broken file of the same name is refused before."""
    desk = life.at(life.nurse)
    data = dirty_picture()
    for content in (data[:900], canary.PERSON.name.encode() * 9):
        upload = (io.BytesIO(content), canary.FILENAME)
        assert press(desk, "/pictures/add", medium="photo", file=upload).status_code == 422
    path = went(press(desk, "/pictures/add", medium="photo", file=(io.BytesIO(data), canary.FILENAME)))
    image = path.rpartition("/")[2]
    assert went(press(desk, f"{path}/review", **looked_at(), recognisable="1", others="0")) == path
    person = life.value(image_person.c.id, image_id=image)
    number = life.value(consent.c.number, id=made)
    checked = press(desk, f"{path}/people/{person}", number=number)
    assert canary.PERSON.name in checked.text
    went(press(desk, f"{path}/people/{person}", number=number, step="link", reason=canary.REASON))
    life.see(desk, path, "/pictures?show=ready", f"{path}/file?size=full")
    return image


def post_it(life: Life, image: str) -> str:
    """Asked, released, planned, approved, recorded; returns the post's path."""
    desk, second = life.at(life.poster), life.at(life.second)
    answered = press(desk, "/ask", image=image, **HERE)
    assert "<title>Yes" in answered.text, canary.problems(answered)
    dropped = press(desk, "/ask/file", file=(io.BytesIO(dirty_picture()), canary.FILENAME), **HERE)
    assert dropped.status_code == 200
    file = desk.post("/releases/new", data={"csrf_token": csrf(desk), "image": image, **HERE})
    assert file.mimetype == "image/jpeg"
    life.kept.append(("the released picture", file.data))
    words = {"images": image, **HERE, "caption": canary.CAPTION}
    assert press(desk, "/posts/plan", step="check", **words).status_code == 422
    path = went(press(desk, "/posts/plan", step="check", **words, **TICKS))
    went(press(second, f"{path}/approve", path))
    now = life.clock()
    when = {"on-year": now.year, "on-month": now.month, "on-day": now.day, "time": "9:05"}
    assert press(desk, f"{path}/record", address=f"{canary.CAPTION}", **when).status_code == 422
    went(press(desk, f"{path}/record", address=canary.ADDRESS, **when))
    assert canary.CAPTION in life.see(desk, path)
    life.see(desk, "/posts", "/releases")
    found = {"address": canary.ADDRESS, "words": canary.WORDS, "images": image, **HERE, "channel": "tiktok"}
    went(press(life.at(life.nurse), "/incidents/report", **found))
    incident = next(
        link for link in Page(life.at(life.officer).get("/incidents"), "/").links if link[:11] == "/incidents/"
    )
    life.see(life.at(life.officer), incident)
    return path


def change_mind(life: Life, made: str) -> None:
    """Parts by staff on the patient's call, then all of it by the card on his own phone."""
    desk = life.at(life.nurse)
    call = {"scope": "parts", "part": "channel/instagram", "way": "telephone", "words": canary.WORDS}
    assert press(desk, f"/consents/{made}/change-of-mind", **call).status_code == 422
    went(
        press(desk, f"/consents/{made}/change-of-mind", **call, known_how=canary.KNOWN_HOW, contact=canary.PERSON.email)
    )
    card = cards.make_card(life.house, life.nurse, made)
    phone = browser(life.app)
    phone.get(path_of(card.address))
    assert press(phone, "/withdraw", code="00000000" if card.code != "00000000" else "11111111").status_code == 422
    assert went(press(phone, "/withdraw", code=card.code)) == "/withdraw/choose"
    assert canary.ADDRESS in life.see(phone, "/withdraw/choose")
    check = went(press(phone, "/withdraw/choose", stop="everything"))
    assert press(phone, check, stop="everything", words=canary.WORDS, contact=canary.NOTE).status_code == 422
    done = went(press(phone, check, stop="everything", words=canary.WORDS, contact=canary.PERSON.email))
    life.see(phone, done)


def clean_up(life: Life, made: str) -> None:
    """Told, taken down, written to; the custody read; the night passes."""
    notices.send_due(life.house, "w1")
    desk, officer = life.at(life.poster), life.at(life.officer)
    life.see(desk, "/takedowns", "/tasks")
    seen = {"outcome": "removed", "seen_at-year": "2026", "seen_at-month": "11", "seen_at-day": "2", "time": "9:20"}
    with life.house.reading() as connection:
        open_ones = connection.execute(sa.select(takedown.c.id).where(takedown.c.state == "open")).scalars().all()
    for each in open_ones:
        went(press(desk, f"/takedowns/{each}/settle", evidence=canary.NOTE, **seen))
        assert canary.NOTE in life.see(desk, f"/takedowns/{each}")
    upkeep.work_once(life.house)
    letters.write_due(life.house, SYSTEM)
    life.clock.pass_(minutes=5)
    notices.send_due(life.house, "w2")
    for request in sorted(Page(officer.get("/revocations"), "/").links):
        if request.startswith("/revocations/") and not request.endswith("new"):
            assert canary.WORDS in life.see(officer, request)
            life.see(officer, f"{request}/acknowledgement", f"{request}/letter")
    life.see(officer, "/notices", "/notices?show=sent", "/tasks", f"/consents/{made}/timeline")
    auditor = life.at(life.factory.staff(Role.AUDITOR))
    life.see(auditor, "/custody")
    assert "sound" in press(auditor, "/custody/check", "/custody").text.lower()
    with life.house.reading() as connection:
        numbers = connection.execute(sa.select(custody_text.c.number)).scalars().all()
    for number in numbers:
        words = auditor.post(f"/custody/{number}/words", data={"csrf_token": csrf(auditor)})
        assert words.status_code == 200
        life.shown.append(words.data)
    upkeep.nightly(life.house)


def step_away(life: Life) -> None:
    """Typed after the sign-in had ended: kept, and offered back."""
    somebody = new_person(life.house, Role.CLINICIAN)
    phone, _ = with_second_factor(life.house, somebody)
    client = life.at(replace(somebody, second_factor=True))
    life.clock.pass_(minutes=1)
    client.get(NEW)
    token = csrf(client)
    life.clock.pass_(minutes=20)
    late = {**typed_person(), "csrf_token": token, "form": FORM, "language": "en"}
    assert went(client.post("/consents/new/patient", data=late)).startswith("/sign-in")
    wrong = press(client, "/sign-in", email=canary.PERSON.email, password=canary.WORDS)
    assert wrong.status_code == 422
    assert went(press(client, "/sign-in", email="ada@hospital.example", password=PASSWORD)) == "/sign-in/code"
    assert went(press(client, "/sign-in/code", code=phone.at(life.clock()))) == "/kept"
    assert canary.PERSON.name in life.see(client, "/kept")


def ask_for_trouble(life: Life, made: str) -> None:
    """Error pages, with the patient's words in what was sent."""
    client = life.at(life.nurse)
    words = {"name": canary.PERSON.name, "reason": canary.REASON, "caption": canary.CAPTION}
    assert client.post("/consents/new/patient", data=words).status_code == 400
    assert client.post(f"/consents/{made}", data=words).status_code == 405
    assert client.post("/posts/plan", data={"csrf_token": csrf(client), **words}).status_code == 403
    assert client.post("/nowhere", data=words).status_code in (400, 404)
    discarded = client.post(f"/consents/{made}/discard", data={"csrf_token": csrf(client), **words})
    assert discarded.status_code in (404, 409)
    gone = replace(life.house, blobs=type(life.house.blobs)(Path("/nonexistent")))  # type: ignore[call-arg]
    broken = make_app(gone)
    canary.watching(broken, life.kept)
    assert signed_in(broken, life.house, life.nurse).get(f"/consents/{made}/document").status_code >= 500


def test_rule_51_no_word_of_a_patient_is_written_anywhere_else(
    house: House,
    factory: Factory,
    clock: Clock,
    tmp_path: Path,
    sink: tuple[Sink, int],
    log: canary.Remembering,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    mailed = replace(house, mailer=SmtpMailer("127.0.0.1", sink[1], "consent@hospital.example", clock, Security.NONE))
    life = Life(mailed, factory, clock, make_app(mailed))
    made = prepare(life)
    find_again(life, made)
    tablet, session_id = hand_over(life, made)
    answer_all(life, tablet)
    sign(life, tablet, session_id, monkeypatch)
    take_copies(life, tablet, made, session_id)
    image = take_picture(life, made)
    post_it(life, image)
    change_mind(life, made)
    clean_up(life, made)
    step_away(life)
    ask_for_trouble(life, made)
    assert custody.verify(house).sound

    # It was there: the pages showed every word, and the search finds what is planted.
    told = b"".join(life.shown).decode()
    for word in (
        canary.PERSON.record_number,
        canary.DESCRIPTION,
        canary.CAPTION,
        canary.WORDS,
        canary.NOTE,
        canary.REASON,
    ):
        assert word in told, word
    assert len(life.papers) >= 4
    assert len(sink[0].received) >= 5
    assert canary.found_in(b"..." + canary.PERSON.name.encode() + b"...")

    assert leaks(life.kept) == {}, "addresses, headers, cookies, titles, error pages"
    assert leaks(canary.in_database(house)) == {}, "the database"
    assert leaks(canary.in_mails(sink[0].received)) == {}, "mails"
    # Libraries may tell more at DEBUG, which no installation turns on; our own loggers may not even there.
    lines = [
        (name, line.encode())
        for name, level, line in log.lines
        if (level >= logging.INFO or name.startswith(("consent", "sqlalchemy", "flask", "werkzeug", "psycopg")))
        # The mail server of this test is not ours.
        and not name.startswith("mail.")
    ]
    assert len(lines) > 100
    assert leaks(lines) == {}, "the log"
    out, err = capfd.readouterr()
    assert leaks([("output", out.encode()), ("errors", err.encode())]) == {}
    server = house.engine.url.query.get("host")
    house.engine.dispose()
    assert leaks(canary.in_files(tmp_path)) == {}, "files"
    if isinstance(server, str):
        assert leaks([("PostgreSQL's log", (Path(server) / "log").read_bytes())]) == {}
        assert canary.told_in(Path(server) / "data") == [], "PostgreSQL's files, its write-ahead log among them"
