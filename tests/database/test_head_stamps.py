"""The trail's head, time-stamped once a day by a real authority: kept, checked here and without this system."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consent.acts import audit, custody, exporting, head_stamps, upkeep
from consent.acts.actor import COMMAND, SYSTEM
from consent.acts.house import House
from consent.records.tables.custody import custody_stamp
from consent.records.tables.stamps import stamp_root
from consent.rules.chain import canonical
from tests import authority as tsa
from tests.authority import Authority
from tests.checker import check
from tests.database.out_there import only, rows
from tests.database.test_custody import make_account, tamper
from tests.factory import Clock


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with tsa.running(tsa.make(tmp_path_factory.mktemp("authority"))) as made:
        yield made


@pytest.fixture
def authority(running: Authority) -> Authority:
    running.asked, running.status = 0, 200
    return running


@pytest.fixture
def clock() -> Clock:
    return Clock(tsa.machine_clock())


@pytest.fixture
def stamped(house: House, authority: Authority) -> House:
    make_account(house)
    return replace(house, stamper=authority.stamper())


def exported(house: House, folder: Path) -> tuple[Path, Path]:
    out = io.BytesIO()
    done = exporting.export(house, COMMAND, out)
    (folder / "trail.jsonl").write_bytes(out.getvalue())
    (folder / "key.pem").write_text(done.public_key)
    return folder / "trail.jsonl", folder / "key.pem"


def test_rule_26_the_head_is_stamped_once_a_day_and_the_stamp_is_kept_and_checked(
    stamped: House, authority: Authority, clock: Clock
) -> None:
    assert head_stamps.stamp_head(stamped, SYSTEM) == 1
    kept = only(stamped, custody_stamp)
    assert kept.number == 1
    assert abs((kept.stamped_at - tsa.machine_clock()).total_seconds()) < 120
    assert head_stamps.stamp_head(stamped, SYSTEM) == 0
    assert authority.asked == 1
    clock.pass_(days=1)
    assert head_stamps.stamp_head(stamped, SYSTEM) == 1
    assert [row.number for row in rows(stamped, custody_stamp)] in ([1, 2], [2, 1])
    assert len(rows(stamped, stamp_root)) == 1
    found = custody.verify(stamped)
    assert (found.sound, found.stamps) == (True, 2)
    # An authority that is no longer named does not undo what it stamped.
    assert custody.verify(replace(stamped, stamper=None)).sound


def test_an_authority_that_does_not_answer_is_asked_again_by_the_next_run(stamped: House, authority: Authority) -> None:
    authority.status = 503
    assert upkeep.nightly(stamped).head_stamped == 0
    authority.status = 200
    assert upkeep.nightly(stamped).head_stamped == 1
    assert custody.verify(stamped).sound


def test_the_audit_says_when_the_trail_was_not_stamped_for_days(
    stamped: House, authority: Authority, clock: Clock
) -> None:
    def owed() -> list[str]:
        return [each.where for each in audit.audit(stamped, COMMAND).findings if each.kind == "head-not-stamped"]

    assert owed() == []
    clock.pass_(days=4)
    assert owed() == ["never"]
    assert head_stamps.stamp_head(stamped, SYSTEM) == 1
    assert owed() == []
    day = stamped.today.isoformat()
    clock.pass_(days=4)
    assert owed() == [day]


def test_without_an_authority_nothing_is_stamped(house: House) -> None:
    make_account(house)
    assert head_stamps.stamp_head(house, SYSTEM) == 0
    assert custody.verify(house).stamps == 0


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE custody_stamp SET token = x'00'", {"row-altered", "stamp-not-good"}),
        ("UPDATE custody_stamp SET hash = '" + "0" * 64 + "'", {"row-altered", "stamp-not-good"}),
        ("UPDATE custody_stamp SET number = 2", {"row-altered", "chain-rewritten"}),
        ("DELETE FROM custody_stamp", {"row-missing"}),
    ],
)
def test_tampering_with_a_stamp_shows(stamped: House, statement: str, codes: set[str]) -> None:
    head_stamps.stamp_head(stamped, SYSTEM)
    tamper(stamped, statement if stamped.engine.dialect.name == "sqlite" else statement.replace("x'00'", "'00'::bytea"))
    assert {problem.code for problem in custody.verify(stamped).problems} == codes


def test_the_tool_checks_the_stamp_under_the_authoritys_root(
    stamped: House, authority: Authority, tmp_path: Path
) -> None:
    head_stamps.stamp_head(stamped, SYSTEM)
    trail, key = exported(stamped, tmp_path)
    root = authority.folder / "root.pem"
    status, said = check(trail, "--key", key, "--tsa", root)
    assert status == 0, said
    day = tsa.machine_clock().strftime("%Y-%m-%d")
    assert f"Entry 1 and all before it stood by {day}" in said
    assert "as time-stamped (by CN=Time root)" in said
    status, said = check(trail, "--key", key)
    assert (status, "NOT CHECKED whose" in said) == (0, True)
    another = tsa.make(tmp_path / "another").folder / "root.pem"
    status, said = check(trail, "--key", key, "--tsa", another)
    assert (status, "its authority is not under the root that was given" in said) == (1, True)


def test_every_flipped_byte_of_a_stamp_is_told_by_the_tool(
    stamped: House, authority: Authority, tmp_path: Path
) -> None:
    """What the authority said, its signature, its certificate: wherever one bit was changed."""
    head_stamps.stamp_head(stamped, SYSTEM)
    trail, key = exported(stamped, tmp_path)
    lines = [json.loads(line) for line in trail.read_bytes().splitlines()]
    at = next(place for place, line in enumerate(lines) if "stamp" in line)
    token = base64.b64decode(lines[at]["stamp"]["token"])
    forged = tmp_path / "forged.jsonl"
    blind = []
    for place in range(0, len(token), 7):
        changed = bytearray(token)
        changed[place] ^= 1
        lines[at]["stamp"]["token"] = base64.b64encode(bytes(changed)).decode()
        forged.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))
        status, said = check(forged, "--key", key, "--tsa", authority.folder / "root.pem")
        assert status == 1
        if "time-stamp on entry 1 is not good" not in said:
            blind.append(place)
    # The rest names the signer a second time, where the tool goes by the signature itself.
    assert len(blind) < len(token) // 7 // 4, blind
