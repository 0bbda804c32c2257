"""The trail, written out, is checked by one file that knows nothing of this system; whatever was done to it shows."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from consent.acts import custody, exporting, retention
from consent.acts.actor import COMMAND
from consent.acts.house import House
from consent.cli.exporting import export_custody
from consent.rules.access import Role
from consent.rules.chain import canonical, linked
from consent.rules.refusal import Refused
from consent.vault.commitments import sign_head, sign_manifest
from consent.vault.keyring import fresh_keyring
from tests.checker import check, check_elsewhere, imported
from tests.factory import Clock, Factory, make_house

LONG = timedelta(days=9 * 366)
Line = dict[str, Any]
Lines = list[Line]


@dataclass
class Export:
    """A genuine export of a trail with erased records, the house that made it, and the public key."""

    house: House
    lines: Lines
    key: Path
    folder: Path
    gone: str

    def write(self, lines: Lines) -> Path:
        file = self.folder / f"{secrets.token_hex(4)}.jsonl"
        file.write_bytes(b"".join(canonical(each) + b"\n" for each in lines))
        return file

    def check(self, lines: Lines, *more: object) -> tuple[int, str]:
        return check(self.write(lines), "--key", self.key, *more)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    folder, clock = tmp_path_factory.mktemp("export"), Clock()
    house = make_house(f"sqlite:///{folder / 'trail.sqlite'}", folder, clock)
    factory = Factory(house, clock)
    gone = factory.signed_consent()
    custody.sign(house)
    officer, other = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR)
    retention.hold(house, officer, gone, "words that go with it")
    retention.lift_hold(house, officer, gone, "and these")
    clock.now += LONG
    retention.destroy(house, other, retention.propose(house, officer, gone))
    factory.draft()
    out = io.BytesIO()
    done = exporting.export(house, COMMAND, out)
    key = folder / "key.pem"
    key.write_text(done.public_key)
    return Export(house, [json.loads(line) for line in out.getvalue().splitlines()], key, folder, gone)


def copied(lines: Lines) -> Lines:
    return [dict(line) for line in lines]


def places(lines: Lines, kind: str) -> list[int]:
    return [at for at, line in enumerate(lines) if kind in line]


def changed_entry(lines: Lines, place: int, **values: Any) -> None:
    content = json.loads(lines[place]["entry"])
    lines[place] = {"entry": canonical({**content, **values}).decode()}


def chained_anew(lines: Lines) -> Lines:
    """What a forger does who knows how the chain is made: every hash from the change on is right again."""
    previous = lines[0]["previous"]
    known = {}
    for number, at in enumerate(places(lines, "entry"), start=1):
        changed_entry(lines, at, previous=previous, number=number)
        previous = linked(previous, lines[at]["entry"].encode())
        known[number] = previous
    lines[0].update({"to": len(known), "hash": previous})
    for at in places(lines, "head"):
        number = lines[at]["head"]["number"]
        lines[at] = {"head": {**lines[at]["head"], "hash": known.get(number, previous)}}
    about = [
        [n, ref] for n, at in enumerate(places(lines, "entry"), 1) for ref in json.loads(lines[at]["entry"])["refs"]
    ]
    first = places(lines, "about")[0]
    lines[first : first + len(places(lines, "about"))] = [{"about": pair} for pair in about]
    return lines


def closed_anew(lines: Lines, house: House) -> Lines:
    """And a closing signature over it, by whatever key the forger has."""
    body = b"".join(canonical(each) + b"\n" for each in lines[:-1])
    stated = {"custody": exporting.FORMAT, "lines": len(lines) - 1, "sha256": hashlib.sha256(body).hexdigest()}
    signature = sign_manifest(house.keyring, canonical(stated))
    lines[-1] = {"end": {"key_id": signature.key_id, "signature": signature.value.hex()}}
    return lines


def test_a_genuine_export_is_sound_and_says_so_in_plain_words(export: Export) -> None:
    status, said = check_elsewhere(export.folder, export.write(export.lines), "--key", export.key)
    count = len(places(export.lines, "entry"))
    assert (status, said.splitlines()[0]) == (0, "SOUND.")
    assert f"{count} entries, number 1 to {count}: all in full, written from 2026-11-02 15:00:" in said
    assert "2 signed heads" in said
    on = export.house.today.isoformat()
    assert f'were destroyed under rule "retention" on {on}: consent/{export.gone}' in said
    assert "the words beside 2 entries" in said


def test_the_tool_needs_nothing_but_the_standard_library_and_one_package() -> None:
    assert imported() <= {*sys.stdlib_module_names, "cryptography"}
    assert "consent" not in imported()


def first_entry_changed(lines: Lines) -> None:
    changed_entry(lines, places(lines, "entry")[0], actor="staff:somebody-else")


def last_entry_changed(lines: Lines) -> None:
    changed_entry(lines, places(lines, "entry")[-1], at="2020-01-01T00:00:00.000000+00:00")


def first_entry_removed(lines: Lines) -> None:
    del lines[places(lines, "entry")[0]]


def entry_removed(lines: Lines) -> None:
    del lines[places(lines, "entry")[5]]


def entry_inserted(lines: Lines) -> None:
    lines.insert(places(lines, "entry")[5], dict(lines[places(lines, "entry")[4]]))


def entries_reordered(lines: Lines) -> None:
    one, two = places(lines, "entry")[4:6]
    lines[one], lines[two] = lines[two], lines[one]


def tail_cut(lines: Lines) -> None:
    del lines[places(lines, "entry")[-1]]


def tail_cut_to_the_earlier_head(lines: Lines) -> None:
    """The best cut there is: to where a genuine head was signed once, with all that would tell of more taken away."""
    head = next(line["head"] for line in lines if "head" in line)
    kept = [line for line in lines[:-1] if not {"about", "head"} & set(line)][: head["number"] + 1]
    refs = [line for line in lines if "about" in line and line["about"][0] <= head["number"]]
    kept[0].update({"to": head["number"], "hash": head["hash"]})
    lines[:] = [*kept, *refs, {"head": head}, lines[-1]]


def tail_added(lines: Lines) -> None:
    last = places(lines, "entry")[-1]
    lines.insert(last + 1, dict(lines[last]))
    chained_anew(lines)


def destroyed_faked(lines: Lines) -> None:
    """A living consent is passed off as destroyed by an entry that reads like a genuine one."""
    genuine = next(line for line in lines if "entry" in line and '"consent.destroy"' in line["entry"])
    content = json.loads(genuine["entry"])
    about = {**content["about"], "consent": "another", "records": ["consent/another"]}
    lines.insert(places(lines, "entry")[-1] + 1, {"entry": canonical({**content, "about": about}).decode()})
    chained_anew(lines)


def destruction_hidden(lines: Lines) -> None:
    at = next(at for at, line in enumerate(lines) if "entry" in line and '"consent.destroy"' in line["entry"])
    changed_entry(lines, at, act="consent.open", about={})
    chained_anew(lines)


def end_removed(lines: Lines) -> None:
    del lines[-1]


def something_behind_the_end(lines: Lines) -> None:
    lines.append({"about": [1, "x"]})


def head_moved(lines: Lines) -> None:
    at = places(lines, "head")[0]
    lines[at] = {"head": {**lines[at]["head"], "number": lines[at]["head"]["number"] + 1}}


def heads_removed(lines: Lines) -> None:
    lines[:] = [line for line in lines if "head" not in line]


def index_short(lines: Lines) -> None:
    del lines[places(lines, "about")[-1]]


def index_long(lines: Lines) -> None:
    lines.insert(places(lines, "about")[-1], {"about": [1, "invented"]})


def unknown_line(lines: Lines) -> None:
    lines.insert(2, {"whole": [1, 2]})


TAMPERINGS: tuple[tuple[Callable[[Lines], None], str], ...] = (
    (first_entry_changed, "Entry 2 does not follow the one before it"),
    (last_entry_changed, "The chain does not end in the hash that the export names"),
    (first_entry_removed, "Where entry 1 should stand there is entry 2"),
    (entry_removed, "Where entry 6 should stand there is entry 7"),
    (entry_inserted, "Where entry 6 should stand there is entry 5"),
    (entries_reordered, "Where entry 5 should stand there is entry 6"),
    (tail_cut, "The export says that it ends with entry"),
    (tail_cut_to_the_earlier_head, "its closing signature does not hold"),
    (tail_added, "No signed head stands at the end of the chain"),
    (destroyed_faked, "No signed head stands at the end of the chain"),
    (destruction_hidden, "The signature over the head at entry"),
    (end_removed, "The export has no end: it was cut off"),
    (something_behind_the_end, "Something stands after the end"),
    (head_moved, "The signature over the head at entry"),
    (heads_removed, "No signed head stands at the end of the chain"),
    (index_short, "The index lacks that entry"),
    (index_long, "The index invents that entry 1 speaks of invented"),
    (unknown_line, "Line 3 cannot be read"),
)


@pytest.mark.parametrize(("tamper", "says"), TAMPERINGS, ids=lambda each: getattr(each, "__name__", ""))
def test_rule_26_every_kind_of_tampering_with_an_export_is_refused(
    export: Export, tamper: Callable[[Lines], None], says: str
) -> None:
    lines = copied(export.lines)
    tamper(lines)
    status, said = export.check(lines)
    assert (status, says in said) == (1, True), said
    # However it was done, the closing signature does not hold either: but it is not all that stands in the way.
    assert "closing signature" in said or "no end" in said or "after the end" in said


def test_one_change_is_told_once_and_not_for_every_entry_behind_it(export: Export) -> None:
    lines = copied(export.lines)
    first_entry_changed(lines)
    assert export.check(lines)[1].count("does not follow the one before it") == 1


@pytest.mark.parametrize(("place", "status"), [(0, 2), (2, 1)])
def test_a_line_that_is_nested_without_end_is_told_in_plain_words(export: Export, place: int, status: int) -> None:
    file = export.write(export.lines)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:place], b'{"entry":' + b"[" * 200_000 + b"\n", *lines[place:]]))
    found = check(file, "--key", export.key)
    assert (found[0], "Traceback" in found[1]) == (status, False)
    assert "cannot be read" in found[1] or "This is not an export" in found[1]


# A shorter chain with a genuine head and a genuine closing is what the trail was on an earlier day.
STILL_TOLD = [each for each in TAMPERINGS[:11] if each[0] is not tail_cut_to_the_earlier_head]


@pytest.mark.parametrize(("tamper", "says"), STILL_TOLD, ids=lambda each: getattr(each, "__name__", ""))
def test_without_its_closing_signature_the_chain_itself_still_tells(
    export: Export, tamper: Callable[[Lines], None], says: str
) -> None:
    """Even whoever can have something closed by the custody key today cannot change what a head has fixed."""
    lines = copied(export.lines)
    tamper(lines)
    status, said = export.check(closed_anew(lines, export.house))
    assert (status, says in said, "closing signature" in said) == (1, True, False), said


def test_a_whole_chain_signed_anew_by_another_key_is_refused(export: Export) -> None:
    """Entries, heads and end are all right, under a key of the forger's own."""
    forger = replace(export.house, keyring=fresh_keyring())
    lines = copied(export.lines)
    changed_entry(lines, places(lines, "entry")[3], actor="staff:somebody-else")
    chained_anew(lines)
    at = places(lines, "head")[-1]
    number, digest = lines[0]["to"], lines[0]["hash"]
    signature = sign_head(forger.keyring, number, digest, export.house.clock())
    head = {
        "number": number,
        "hash": digest,
        "signed_at": export.house.clock().isoformat(timespec="microseconds"),
        "key_id": signature.key_id,
        "signature": signature.value.hex(),
    }
    lines[at] = {"head": head}
    del lines[places(lines, "head")[0]]
    closed_anew(lines, forger)
    own = export.folder / "forger.pem"
    own.write_text(forger.keyring.custody_public_key)
    # Under its own key it holds: that is why the key has to come from elsewhere.
    assert check(export.write(lines), "--key", own)[0] == 0
    status, said = export.check(lines)
    assert status == 1
    assert "is not by the custody key" in said
    # A name does not make the key: the forger says that it is ours.
    for line in lines:
        for kind in set(line) & {"head", "end"}:
            line[kind]["key_id"] = export.house.keyring.custody_key_id
    assert export.check(lines)[0] == 1


def test_what_cannot_be_checked_is_neither_sound_nor_unsound(export: Export) -> None:
    nothing = export.folder / "nothing"
    nothing.write_bytes(b"\x00\xff")
    empty = export.folder / "empty"
    empty.write_bytes(b"")
    good = export.write(export.lines)
    assert check(nothing, "--key", export.key)[0] == 2
    assert check(empty, "--key", export.key)[0] == 2
    assert check(export.folder / "missing", "--key", export.key)[0] == 2
    assert check(good, "--key", nothing)[0] == 2
    assert check(good, "--key", export.key, "--tsa", nothing)[0] == 2
    other = [{**export.lines[0], "custody": "something/9"}, *export.lines[1:]]
    assert check(export.write(other), "--key", export.key) == (
        2,
        "Nothing was checked. This is an export of another version: use the tool that came with it.\n",
    )


def test_the_command_writes_export_and_key_apart_and_enters_that_it_did(
    house: House, factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent_id = factory.signed_consent()
    monkeypatch.setattr("consent.cli.exporting.open_house", lambda: house)
    file = tmp_path / "trail.jsonl"
    done = CliRunner().invoke(export_custody, [str(file), "--json"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    key = tmp_path / "trail.jsonl.key.pem"
    assert content["key_file"] == str(key)
    assert key.read_text() == house.keyring.custody_public_key
    assert house.keyring.custody_public_key not in file.read_text()
    status, said = check(file, "--key", key)
    assert status == 0, said
    assert f"{content['entries']} entries" in said
    # The trail goes out without a name, as it stands.
    text = file.read_text()
    assert consent_id in text
    assert "Lopez" not in text
    newest = custody.page(house, factory.staff(Role.AUDITOR), act="custody.export")[0]
    assert (newest.number, newest.actor) == (content["number"], "command:console")
    with pytest.raises(Refused):
        exporting.export(house, factory.staff(Role.CLINICIAN), io.BytesIO())


def test_an_export_that_fails_leaves_no_file_and_what_lay_there_stays(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "trail.jsonl"
    file.write_text("of last year")
    monkeypatch.setattr("consent.cli.exporting.open_house", lambda: house)
    monkeypatch.setattr(exporting, "write", _full)
    assert CliRunner().invoke(export_custody, [str(file)]).exit_code == 1
    assert file.read_text() == "of last year"
    assert [each.name for each in tmp_path.glob("*trail*")] == ["trail.jsonl"]


def _full(_house: House, _connection: object, out: io.BytesIO, *_more: object) -> None:
    out.write(b"{")
    raise OSError(28, "No space left on device")
