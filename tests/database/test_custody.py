"""The trail: one entry a deed, chained, only growing, and checked against the records both ways."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from consent.acts import custody
from consent.acts.actor import Actor
from consent.acts.house import House, NotEntered
from consent.records.custody import append
from consent.records.ledger import digest_of
from consent.records.rows_only import changing_schema
from consent.records.tables.custody import APPEND_ONLY
from consent.records.tables.custody import custody as chain
from consent.records.tables.organisation import account
from consent.rules.access import Role
from consent.rules.chain import with_witness, without_witness
from consent.rules.refusal import NotFound, Refused
from consent.vault.commitments import is_witnessed
from consent.vault.keyring import fresh_keyring
from tests.factory import START, Factory, make_house

SOMEONE = Actor("command", "test")


def make_account(house: House, row_id: str = "a1", text: str | None = None) -> None:
    with house.writing(SOMEONE) as deed:
        deed.ledger.insert(
            account,
            id=row_id,
            channel="instagram",
            name=f"@{row_id}",
            owner="organisation",
            owner_name=None,
            active=True,
            made_by="command:test",
            made_at=deed.now,
        )
        deed.enter("account.make", {"account": row_id}, text)


def codes(house: House) -> list[str]:
    return [problem.code for problem in custody.verify(house).problems]


def tamper(house: House, *statements: str) -> None:
    """Do what a thief with the database would: drop the guards first."""
    with house.engine.begin() as connection, changing_schema(connection):
        for table in APPEND_ONLY:
            if connection.dialect.name == "sqlite":
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_update"))
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_delete"))
            else:
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}"))
        for statement in statements:
            connection.execute(sa.text(statement))


def test_a_deed_without_its_entry_writes_nothing(house: House) -> None:
    with pytest.raises(NotEntered), house.writing(SOMEONE) as deed:
        deed.ledger.insert(
            account,
            id="a1",
            channel="x",
            name="@a",
            owner="organisation",
            owner_name=None,
            active=True,
            made_by="t",
            made_at=deed.now,
        )
    with house.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(account)).scalar_one() == 0


def test_an_error_in_a_deed_leaves_neither_row_nor_entry(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.writing(SOMEONE) as deed:
        deed.enter("account.make", {"account": "a1"})
        raise ZeroDivisionError
    assert custody.verify(house).entries == 0


def test_rule_26_entries_are_chained_and_sound(house: House) -> None:
    for number in range(5):
        make_account(house, f"a{number}", text=f"words {number}")
    custody.sign(house)
    found = custody.verify(house)
    assert found.sound
    assert (found.entries, found.heads, found.rows) == (5, 1, 5)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {} SET {column} = {column}", "DELETE FROM {}"])
def test_rule_26_the_database_refuses_to_change_the_trail(house: House, table: str, verb: str) -> None:
    make_account(house)
    custody.sign(house)
    statement = verb.format(table, column="number" if table.startswith("custody") else "id")
    with house.engine.connect() as connection:
        if connection.dialect.name == "sqlite" and table not in ("custody", "custody_about", "custody_head"):
            # A row trigger speaks only where there is a row; its being there is what counts.
            names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            assert f"{table}_no_update" in connection.execute(names).scalars().all()
            return
        with pytest.raises(sa.exc.DatabaseError, match="only grows"):
            connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    "tricks",
    [
        # A row that is replaced is deleted without a word to the triggers, unless they are told to listen.
        ["INSERT OR REPLACE INTO custody SELECT number, at, 'x', actor, entry, hash FROM custody WHERE number = 1"],
        ["REPLACE INTO custody_head SELECT * FROM custody_head"],
        ["PRAGMA recursive_triggers=OFF", "REPLACE INTO custody_head SELECT * FROM custody_head"],
        ["DROP TRIGGER custody_no_update", "UPDATE custody SET act = 'x'"],
        ["CREATE TRIGGER t AFTER INSERT ON look_up BEGIN SELECT 1; END"],
        ["PRAGMA writable_schema=ON", "DELETE FROM sqlite_master WHERE type = 'trigger'"],
        ["ALTER TABLE custody RENAME TO other"],
        ["DROP TABLE custody_head"],
        ["CREATE TEMP TABLE custody AS SELECT * FROM custody"],
        ["ATTACH DATABASE ':memory:' AS other"],
        ["SELECT load_extension('x')"],
    ],
    ids=lambda tricks: tricks[-1].replace(" ", "-")[:30],
)
def test_rule_26_on_sqlite_no_statement_of_the_program_s_takes_the_guards_off(
    sqlite_url: str, tmp_path: Path, tricks: list[str]
) -> None:
    house = make_house(sqlite_url, tmp_path)
    make_account(house)
    custody.sign(house)
    with house.engine.connect() as connection, pytest.raises(sa.exc.DatabaseError, match=r"only grows|not authorized"):
        for each in tricks:
            connection.exec_driver_sql(each)
        connection.commit()
    assert custody.verify(house).sound
    house.engine.dispose()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE custody SET act = 'other' WHERE number = 2", "columns-differ"),
        ("UPDATE custody SET hash = 'ab' WHERE number = 2", "chain-broken"),
        ("DELETE FROM custody WHERE number = 2", "entry-missing"),
        ("DELETE FROM custody WHERE number = 3", "tail-missing"),
        ("UPDATE account SET owner = 'partner' WHERE id = 'a1'", "row-altered"),
        ("DELETE FROM account WHERE id = 'a1'", "row-missing"),
        ("DELETE FROM custody_about WHERE number = 2", "index-missing"),
        ("DELETE FROM custody_text WHERE number = 2", "words-missing"),
        ("UPDATE custody_text SET number = 9 WHERE number = 2", "words-invented"),
        ("UPDATE custody_text SET content = (SELECT content FROM custody_text WHERE number = 1)", "words-altered"),
        ("INSERT INTO custody_about (id, number, ref) VALUES ('x', 2, 'zz')", "index-invented"),
    ],
)
def test_rule_26_tampering_shows(house: House, statement: str, code: str) -> None:
    for number in range(3):
        make_account(house, f"a{number}", text=f"words {number}")
    custody.sign(house)
    tamper(house, statement)
    assert code in codes(house)


def test_a_row_without_an_entry_shows(house: House) -> None:
    make_account(house)
    tamper(
        house,
        "INSERT INTO account SELECT 'a9', channel, '@new', owner, owner_name, active, made_by, made_at FROM account",
    )
    assert codes(house) == ["row-without-entry"]


def test_a_rewritten_chain_shows_by_its_signed_head(house: House) -> None:
    make_account(house)
    custody.sign(house)
    tamper(house, "DELETE FROM custody", "DELETE FROM custody_about", "DELETE FROM account")
    make_account(house, "a2")
    assert "chain-rewritten" in codes(house)


def test_a_head_signed_by_another_key_shows(house: House) -> None:
    make_account(house)
    custody.sign(house)
    tamper(house, "UPDATE custody_head SET number = number + 0, hash = '" + "0" * 64 + "'")
    assert "head-not-ours" in codes(house)


def test_rule_26_whoever_has_the_database_alone_cannot_add_to_the_trail(house: House) -> None:
    """A record is altered and an entry made for it, chained and indexed as it should be; only our key is not there."""
    make_account(house)
    signed = custody.sign(house)
    assert signed is not None
    with house.engine.begin() as connection:
        row = connection.execute(sa.update(account).values(owner="partner").returning(*account.c)).one()
        forged: dict[str, Any] = {
            "at": START,
            "act": "account.change",
            "actor": "staff:somebody",
            "about": {"account": "a1"},
            "refs": ["a1"],
            "rows": {"account/a1": digest_of(row._asdict(), None)},
            "commitment": None,
        }
        append(connection, witness=lambda _: "0" * 64, **forged)
    assert codes(house) == ["entry-not-ours"]
    # Our key vouches for nothing of it, whatever comes after.
    make_account(house, "a2")
    assert custody.sign(house) == signed
    assert custody.verify(house).heads == 1
    # One that was ours does not become another's by being moved, nor without its witness.
    entry = bytes(custody_rows(house)[0].entry)
    bare, given = without_witness(entry)
    assert with_witness(bare, given) == entry
    assert is_witnessed(house.keyring, bare, given)
    for other, theirs in ((bare, ""), (bare.replace(b'"number":1', b'"number":3'), given), (bare, given.upper())):
        assert not is_witnessed(house.keyring, other, theirs)
    assert not is_witnessed(fresh_keyring(), bare, given)


def custody_rows(house: House) -> Sequence[Any]:
    with house.reading() as connection:
        return connection.execute(sa.select(chain).order_by(chain.c.number)).all()


def test_signing_the_same_head_again_adds_nothing(house: House) -> None:
    assert custody.sign(house) is None
    make_account(house)
    assert custody.sign(house) == custody.sign(house)
    assert custody.verify(house).heads == 1


def test_a_check_is_of_one_instant_while_others_write(house: House) -> None:
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            make_account(house, f"busy{number}", text="words")
            number += 1

    make_account(house)
    writer = threading.Thread(target=work)
    writer.start()
    try:
        found = [custody.verify(house) for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    assert [each.problems for each in found] == [()] * 5


def test_many_writers_make_one_chain(house: House) -> None:
    def work(name: str) -> None:
        for number in range(5):
            make_account(house, f"{name}{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = custody.verify(house)
    assert found.sound
    assert found.entries == 20


def test_words_beside_an_entry_are_read_by_those_who_watch_and_that_is_an_entry(house: House, factory: Factory) -> None:
    make_account(house, text="he rang from his sister's telephone")
    auditor = factory.staff(Role.AUDITOR)
    assert custody.read_words(house, auditor, 1) == "he rang from his sister's telephone"
    assert custody.page(house, auditor)[0].act == "custody.read-words"
    with pytest.raises(Refused):
        custody.read_words(house, factory.staff(Role.CLINICIAN), 1)
    with pytest.raises(NotFound):
        custody.read_words(house, auditor, 2)
    with house.reading() as connection:
        dump = b"".join(bytes(row.entry) for row in connection.execute(sa.select(chain)))
    assert b"sister" not in dump


def test_timeline_and_filters(house: House, factory: Factory) -> None:
    make_account(house, "a1")
    make_account(house, "a2")
    officer = factory.staff(Role.PRIVACY_OFFICER)
    assert [entry.number for entry in custody.timeline(house, officer, "a2")] == [2]
    assert [entry.number for entry in custody.page(house, officer, act="account.make")] == [2, 1]
    assert [entry.number for entry in custody.page(house, officer, ref="a1")] == [1]
    assert [entry.number for entry in custody.page(house, officer, before=2)] == [1]
    with pytest.raises(NotFound):
        custody.timeline(house, officer, "unknown")
