"""The bundle about one consent: whole, provable without the system, and silent about everybody else."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from consent.acts import bundling, custody, head_stamps, posting, revocation, stamping
from consent.acts.actor import COMMAND, SYSTEM, Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.cli.exporting import bundle as bundle_command
from consent.documents.verifying import check_seal
from consent.records.tables.consents import consent
from consent.records.tables.images import image_person
from consent.rules.access import Role
from consent.rules.chain import canonical
from consent.rules.refusal import NotFound, Refused
from consent.vault.commitments import sign_manifest
from consent.web.custody_words import TRAIL
from tests import authority as tsa
from tests.checker import check, check_elsewhere
from tests.database.out_there import ALLOWED, Office, only
from tests.factory import Clock, Factory, make_house
from tests.staffroom import make_app, send, signed_in

OWN = Person("Olivia Ownname", date(1980, 5, 17), "MRN-OWN-1", email="olivia@own.example", language="en")
OTHER = Person("Xaver Stranger", date(1971, 3, 9), "MRN-OTHER-9", email="xaver@stranger.example", language="en")


@dataclass
class Story:
    """A consent with a life: pictures, one of them shared, verdicts, posts, a change of mind, a takedown."""

    house: House
    officer: Actor
    staff: tuple[Actor, ...]
    """One of each role that must not."""
    consent: str
    other: str
    files: dict[str, bytes]
    made: bundling.Bundle
    key: Path
    folder: Path

    def write(self, files: dict[str, bytes]) -> Path:
        file = self.folder / f"{hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:12]}.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return file

    def signed(self, files: dict[str, bytes]) -> dict[str, bytes]:
        """What somebody can do who has the list of files signed by the custody key today."""
        listed = json.loads(files["manifest.json"])
        listed["files"] = {
            name: hashlib.sha256(content).hexdigest()
            for name, content in files.items()
            if name not in ("manifest.json", "manifest.sig")
        }
        manifest = canonical(listed)
        signature = sign_manifest(self.house.keyring, manifest)
        signed = {"key_id": signature.key_id, "signature": signature.value.hex()}
        return {**files, "manifest.json": manifest, "manifest.sig": json.dumps(signed).encode()}


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder, clock = tmp_path_factory.mktemp("bundle"), Clock()
    house = make_house(f"sqlite:///{folder / 'bundle.sqlite'}", folder, clock)
    factory = Factory(house, clock)
    own = factory.signed_consent(allow=ALLOWED, person=OWN)
    other = factory.signed_consent(allow=ALLOWED, person=OTHER, description="Scar after Xaver's operation.")
    alone, both = factory.ready_picture(own), factory.ready_picture(own, other)
    office = Office(house, factory)
    office.live(alone, address="alone")
    clock.pass_(minutes=10)
    office.live(both, address="both")
    clock.pass_(minutes=10)
    posting.ask_one(house, office.poster, both, posting.Question("tiktok", "promotion"))
    his = Change(other, Scope.EVERYTHING, Way.LETTER, words="Xaver says: stop it all.", known_how="He showed his card.")
    revocation.revoke(house, factory.clinician(), his)
    clock.pass_(minutes=10)
    posting.ask_one(house, office.poster, both, posting.Question("instagram", "public-education"))
    hers = Change(own, Scope.EVERYTHING, Way.LETTER, words="Olivia says: no more of me.", known_how="Her card.")
    revocation.revoke(house, factory.clinician(), hers)
    roles = (Role.CLINICIAN, Role.COMMUNICATIONS, Role.AUDITOR, Role.ADMINISTRATOR)
    staff = tuple(factory.staff(role) for role in roles)
    made = bundling.bundle(house, office.officer, own, "Superior Court, file 17-442", TRAIL)
    key = folder / "key.pem"
    key.write_text(house.keyring.custody_public_key)
    return Story(house, office.officer, staff, own, other, unzipped(made.content), made, key, folder)


def test_an_experts_checks_pass_with_nothing_of_the_system(story: Story) -> None:
    file = story.folder / story.made.name
    file.write_bytes(story.made.content)
    status, said = check_elsewhere(story.folder, file, "--key", story.key)
    assert (status, said.splitlines()[0]) == (0, "SOUND."), said
    assert f"{len(story.files) - 2} files in the bundle are those that were put into it." in said
    assert "of the others the digest alone" in said
    assert " records are shown: they are as they were last entered." in said
    # By hand, as its README says: the files, the words that were signed, the seal, the certificate.
    listed = json.loads(story.files["manifest.json"])
    assert set(listed["files"]) == set(story.files) - {"manifest.json", "manifest.sig"}
    row = only(story.house, consent, id=story.consent)
    assert hashlib.sha256(story.files["form/content.json"]).hexdigest() == row.form_hash
    assert check_seal(story.files["consent.pdf"], [story.house.sealer.certificate], demo_allowed=False).genuine
    (certificate,) = [name for name in story.files if name.startswith("certificates/")]
    (story.folder / "seal.pem").write_bytes(story.files[certificate])
    command = ["openssl", "x509", "-in", str(story.folder / "seal.pem"), "-noout", "-fingerprint", "-sha256"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fingerprint = printed.strip().partition("=")[2].replace(":", "").lower()
    assert [fingerprint] == listed["seals"]
    assert fingerprint in story.files["README.txt"].decode()
    assert json.loads(story.files["receipt.json"])["pii_processing"]["privacy_notice"]["sha256"] == row.form_hash
    assert b"Olivia Ownname" in story.files["shown-text.txt"]
    assert story.files["check-custody"].startswith(b"#!/usr/bin/env python3")


def test_it_tells_the_whole_story_in_plain_words(story: Story) -> None:
    timeline, facts = story.files["timeline.txt"].decode(), story.files["what-came-of-it.txt"].decode()
    order = ["Began a consent", "Handed the tablet over", "Signed", "Linked a picture", "Recorded a post", "Withdrew"]
    places = [timeline.index(each) for each in order]
    assert places == sorted(places)
    assert "Made the bundle of everything about a consent" in timeline
    assert "Superior Court, file 17-442" in timeline
    assert "https://social.example/p/alone" in facts
    assert "Olivia says: no more of me." in facts
    assert "answer: yes" in facts
    told = json.loads(story.files["what-came-of-it.json"])
    assert {name for name, rows in told.items() if rows} >= {"answers", "pictures", "verdicts", "posts", "takedowns"}
    assert len(told["posts"]) == 2


def test_rule_54_of_the_other_patient_in_the_same_picture_there_is_nothing_but_an_id(story: Story) -> None:
    every = b"\n".join(content for name, content in story.files.items() if name != "consent.pdf")
    for word in ("Xaver", "Stranger", "MRN-OTHER", "1971", "stranger.example", "He showed his card"):
        assert word.encode() not in every, word
    number = only(story.house, consent, id=story.other).number
    assert number.encode() not in every
    # His withdrawal is his: the entry goes as a digest, the verdict that rests on it without its ground.
    lines = [json.loads(line) for line in story.files["custody.jsonl"].splitlines()]
    entries = [json.loads(line["entry"]) for line in lines if "entry" in line]
    assert [each["about"]["consent"] for each in entries if each["act"] == "revocation.revoke"] == [[story.consent]]
    verdicts = json.loads(story.files["what-came-of-it.json"])["verdicts"]
    assert [
        each["reasons"] for each in verdicts if each["where"].startswith("Instagram") and each["answer"] == "no"
    ] == [["No for a reason that is not this consent's."]]
    assert "not told: the post shows somebody else too" in story.files["what-came-of-it.txt"].decode()
    # No record that tells of him: what is shown of a record names nobody in the picture who is not this patient.
    with story.house.reading() as connection:
        people = connection.execute(image_person.select()).all()
    strangers = {
        each.id for each in people if each.patient_id != only(story.house, consent, id=story.consent).patient_id
    }
    assert strangers
    shown = b"".join(canonical(line) for line in lines if "record" in line)
    assert not [each for each in strangers if each.encode() in shown]


def paper_changed(files: dict[str, bytes]) -> None:
    files["consent.pdf"] += b"x"


def other_paper(files: dict[str, bytes]) -> None:
    files["consent.pdf"] = b"%PDF-1.7 another one"


def file_added(files: dict[str, bytes]) -> None:
    files["more.txt"] = b"x"


def file_removed(files: dict[str, bytes]) -> None:
    del files["receipt.json"]


def word_changed(files: dict[str, bytes]) -> None:
    files["custody.jsonl"] = files["custody.jsonl"].replace(b"file 17-442", b"file 17-443")


def record_changed(files: dict[str, bytes]) -> None:
    files["custody.jsonl"] = files["custody.jsonl"].replace(b'"status":"revoked"', b'"status":"signed"')


def digest_changed(files: dict[str, bytes]) -> None:
    lines = files["custody.jsonl"].splitlines(keepends=True)
    at = next(at for at, line in enumerate(lines) if line.startswith(b'{"digest"'))
    lines[at] = canonical({"digest": "0" * 64}) + b"\n"
    files["custody.jsonl"] = b"".join(lines)


TAMPERINGS: tuple[tuple[Callable[[dict[str, bytes]], None], str, str], ...] = (
    (paper_changed, "consent.pdf is not the file that was put into the bundle", "consent.pdf is not the paper that"),
    (other_paper, "consent.pdf is not the file that was put into the bundle", "consent.pdf is not the paper that"),
    (file_added, "more.txt is added to the bundle", ""),
    (file_removed, "receipt.json is missing from the bundle", ""),
    (word_changed, "The words shown for entry", "The words shown for entry"),
    (record_changed, "The record consent/", "The record consent/"),
    (digest_changed, "does not follow the one before it", "does not follow the one before it"),
)


@pytest.mark.parametrize(
    ("tamper", "says", "even_if_signed"), TAMPERINGS, ids=lambda each: getattr(each, "__name__", "")
)
def test_whatever_is_done_to_a_bundle_shows(
    story: Story, tamper: Callable[[dict[str, bytes]], None], says: str, even_if_signed: str
) -> None:
    files = dict(story.files)
    tamper(files)
    assert files != story.files
    status, said = check(story.write(files), "--key", story.key)
    assert (status, says in said) == (1, True), said
    if even_if_signed:
        # The list of files is signed anew by our own key: what the chain holds still speaks against it.
        status, said = check(story.write(story.signed(files)), "--key", story.key)
        assert (status, even_if_signed in said, "not signed by" in said) == (1, True, False), said


def test_only_the_privacy_officer_makes_it_and_says_why(story: Story) -> None:
    house = story.house
    before = custody.verify(house).entries
    for person in story.staff:
        with pytest.raises(Refused, match="role"):
            bundling.bundle(house, person, story.consent, "why", TRAIL)
    with pytest.raises(Refused, match="reason-needed"):
        bundling.bundle(house, story.officer, story.consent, "  ", TRAIL)
    with pytest.raises(NotFound):
        bundling.bundle(house, story.officer, "unknown", "why", TRAIL)
    assert custody.verify(house).entries == before
    (entry,) = [each for each in custody.page(house, story.officer) if each.act == "consent.export-bundle"]
    assert (entry.actor, entry.has_text, entry.about["consent"]) == (story.officer.name, True, story.consent)
    assert custody.read_words(house, story.officer, entry.number) == "Superior Court, file 17-442"


def test_the_page_asks_why_and_hands_a_file_over_whose_name_says_nothing(story: Story) -> None:
    client = signed_in(make_app(story.house), story.house, story.officer)
    path = f"/consents/{story.consent}/bundle"
    assert "Why do you make it?" in client.get(path).text
    refused = send(client, path)
    assert refused.status_code == 422
    assert "Write why you make it." in refused.text
    given = send(client, path, reason="Superior Court, file 18")
    assert given.status_code == 200
    assert given.headers["Cache-Control"] == "no-store"
    assert given.mimetype == "application/zip"
    name = given.headers["Content-Disposition"]
    assert name.startswith("attachment; filename=")
    number = only(story.house, consent, id=story.consent).number
    assert not [each for each in ("Olivia", "Ownname", number, story.consent, "MRN") if each in name]
    assert check(story.write(unzipped(given.data)), "--key", story.key)[0] == 0


def test_a_time_stamped_form_goes_in_every_version_and_the_stamps_are_checked(story: Story) -> None:
    with tsa.running(tsa.make(story.folder / "authority")) as authority:
        house = replace(story.house, stamper=authority.stamper())
        assert stamping.stamp_due(house).done == 2
        assert head_stamps.stamp_head(house, SYSTEM) == 1
    made = bundling.bundle(house, story.officer, story.consent, "Superior Court, file 19", TRAIL)
    files = unzipped(made.content)
    assert files["earlier-versions/1.pdf"] == story.files["consent.pdf"]
    assert files["consent.pdf"].startswith(files["earlier-versions/1.pdf"])
    assert len(files["consent.pdf"]) > len(files["earlier-versions/1.pdf"])
    (root,) = [name for name in files if name.startswith("time-stamp-authority/")]
    assert files[root] == authority.trust_pem
    file = story.write(files)
    status, said = check(file, "--key", story.key, "--tsa", authority.folder / "root.pem")
    assert (status, "as time-stamped (by CN=Time root)" in said) == (0, True), said
    # One version put in the other's place is told, even where the list of files is signed for it.
    swapped = {**files, "consent.pdf": files["earlier-versions/1.pdf"], "earlier-versions/1.pdf": files["consent.pdf"]}
    status, said = check(story.write(story.signed(swapped)), "--key", story.key)
    assert (status, "consent.pdf is not the paper that document/" in said) == (1, True)


def test_the_command_writes_it_for_this_user_alone(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.cli.exporting.open_house", lambda: story.house)
    number = only(story.house, consent, id=story.consent).number
    file = tmp_path / "out.zip"
    # One that everybody may read lies there already, and is longer.
    file.write_bytes(bytes(2_000_000))
    file.chmod(0o644)
    done = CliRunner().invoke(bundle_command, [number, "--out", str(file), "--reason", "Superior Court"])
    assert done.exit_code == 0, done.output
    assert file.stat().st_mode & 0o077 == 0
    assert check(file, "--key", story.key)[0] == 0
    entry = custody.page(story.house, story.officer, act="consent.export-bundle")[0]
    assert entry.actor == COMMAND.name
    link = tmp_path / "link.zip"
    link.symlink_to(tmp_path / "elsewhere.zip")
    led_away: Any = CliRunner().invoke(bundle_command, [number, "--out", str(link), "--reason", "Superior Court"])
    assert (led_away.exit_code, (tmp_path / "elsewhere.zip").exists()) == (1, False)
    no: Any = CliRunner().invoke(bundle_command, ["AAAA-AAAA", "--out", str(file), "--reason", "x"])
    assert (no.exit_code, "No signed consent has this number." in no.output) == (1, True)
