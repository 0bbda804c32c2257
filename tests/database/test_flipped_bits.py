"""One of everything stands in a house: no bit of what is encrypted there can be flipped, and no piece moved."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.acts import custody, revocation, takedowns, task_list, tasks, transcribing
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.dossier import Person
from consent.acts.house import House, find_wrapped
from consent.acts.opening import open_with
from consent.records.base import metadata
from consent.records.keys import everything_encrypted
from consent.records.ledger import UNPROTECTED, all_digests, digest_of
from consent.records.tables.custody import APPEND_ONLY, data_key
from consent.records.tables.posts import takedown
from consent.records.tables.ways import paper_scan
from consent.rules.access import Role
from consent.rules.takedown import Outcome
from consent.vault.envelope import CannotDecrypt, Where, WrappedKey, data_key_id, rewrap
from tests.database.furnished import furnish
from tests.database.out_there import ALLOWED, Office
from tests.factory import Clock, Factory, make_house, picture_bytes, short_printer, somebody
from tests.spoiling import flipped
from tests.staffroom import make_app, with_second_factor

# Long ones are tried at random places, short ones at every bit.
SHORT = 120


@dataclass(frozen=True)
class Piece:
    """One encrypted value or blob, with its key and its place."""

    where: Where
    token: bytes
    key: WrappedKey

    def opens(self, **changes: Any) -> bool:
        now = dataclasses.replace(self, **changes)
        try:
            open_with(HOUSE[0], now.key, now.where, now.token)
        except CannotDecrypt:
            return False
        return True


HOUSE: list[House] = []


@pytest.fixture(scope="module")
def pieces(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Piece]]:
    folder = tmp_path_factory.mktemp("furnished")
    (folder / "consent.sqlite").write_bytes(migrated_file.read_bytes())
    clock = Clock()
    house = make_house(f"sqlite:///{folder / 'consent.sqlite'}", folder, clock)
    factory = Factory(house, clock, short_printer())
    who = Person("Zoë O’Hara", somebody(1).born_on, "MRN-7", "zoe@home.example", "1 Way", True, "en")
    world = furnish(house, factory, clock, make_app(house), who, "some words")
    with_second_factor(house, world.person)
    what_is_left(house, factory, world.person)
    HOUSE.append(house)
    with house.reading() as connection:
        kept = list(everything_encrypted(connection))
        found = []
        for each in kept:
            token = house.blobs.get(each.blob) if each.blob is not None else each.token or b""
            where = Where(each.table, each.row, each.column, each.version)
            found.append(Piece(where, token, find_wrapped(connection, data_key_id(token))))
    yield found
    HOUSE.clear()
    house.engine.dispose()


def what_is_left(house: House, factory: Factory, person: Actor) -> None:
    """Make what a furnished house does not have: evidence, a recipient outside, a note of every kind."""
    office = Office(house, factory)
    asked = (*ALLOWED, ("channel", "journal"))
    made = factory.signed_consent(asked=asked, allow=asked)
    image = factory.ready_picture(made)
    office.live(image, channel="journal", recipient="The Journal", contact="editor@journal.example")
    office.live(image, address="3")
    change = Change(made, Scope.FORM, Way.TELEPHONE, words="Stop", known_how="Her number", contact="new@home.example")
    revocation.revoke(house, factory.clinician(), change)
    with house.reading() as connection:
        takedown_id = connection.execute(sa.select(takedown.c.id).where(takedown.c.state == "open")).scalars().first()
        scan_id = connection.execute(sa.select(paper_scan.c.id).where(paper_scan.c.state == "transcribed")).scalar_one()
    seen = takedowns.Seen(Outcome.REMOVED, house.clock(), note="Looked at it", screenshot=picture_bytes(3))
    takedowns.settle(house, office.poster, takedown_id, seen)
    transcribing.send_back(house, factory.staff(Role.CLINICIAN), scan_id, "Number 10 is a no.")
    with house.writing(person) as deed:
        task_id = tasks.leave(deed, "scan-unreadable", "once", queue="clinician", about={})
        deed.enter("test.words", {})
    task_list.close(house, person, task_id, "Done")


def test_one_of_everything_is_there_and_opens_in_its_place(pieces: list[Piece]) -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if column.info.get("encrypted") or column.name == "blob" or column.name.endswith("_blob")
    }
    assert columns - {f"{piece.where.table}.{piece.where.column}" for piece in pieces} == set()
    assert all(piece.opens() for piece in pieces)


def test_what_is_moved_to_another_place_is_refused(pieces: list[Piece]) -> None:
    by_column = {(piece.where.table, piece.where.column): piece for piece in pieces}
    for piece in pieces:
        here = piece.where
        for there in by_column.values():
            if (there.where.table, there.where.column) != (here.table, here.column):
                assert not piece.opens(where=there.where), (here, there.where)
                assert not there.opens(where=here), (there.where, here)
                assert not piece.opens(
                    where=dataclasses.replace(here, column=there.where.column, table=there.where.table)
                )
        assert not piece.opens(where=dataclasses.replace(here, row=f"{here.row}x"))
        assert not piece.opens(where=dataclasses.replace(here, version=here.version + 1))
        assert not piece.opens(where=dataclasses.replace(here, version=here.version - 1))


def test_what_is_exchanged_between_rows_is_refused_with_either_key(pieces: list[Piece]) -> None:
    alike: dict[tuple[str, str], list[Piece]] = {}
    for piece in pieces:
        alike.setdefault((piece.where.table, piece.where.column), []).append(piece)
    exchanged = 0
    for same in alike.values():
        for one, other in itertools.pairwise(same):
            assert not one.opens(token=other.token, key=other.key)
            if one.key != other.key:
                assert not one.opens(key=other.key)
                assert not one.opens(key=dataclasses.replace(other.key, id=one.key.id))
            exchanged += 1
    assert exchanged > 20


def test_every_bit_of_a_short_one_counts(pieces: list[Piece]) -> None:
    shortest: dict[tuple[str, str], Piece] = {}
    for piece in sorted(pieces, key=lambda piece: -len(piece.token)):
        shortest[piece.where.table, piece.where.column] = piece
    tried = [piece for piece in shortest.values() if len(piece.token) <= SHORT]
    assert len(tried) > 10
    for piece in tried:
        for bit in range(len(piece.token) * 8):
            assert not piece.opens(token=flipped(piece.token, bit)), (piece.where, bit)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bit_of_any_counts_and_so_does_its_length(pieces: list[Piece], data: st.DataObject) -> None:
    piece = data.draw(st.sampled_from(pieces).map(Hidden)).piece
    bit = data.draw(st.integers(0, len(piece.token) * 8 - 1))
    assert not piece.opens(token=flipped(piece.token, bit))
    assert not piece.opens(token=piece.token[: bit // 8])
    assert not piece.opens(token=piece.token + piece.token[:1])


class Hidden:
    """Keeps a picture's bytes out of what Hypothesis prints."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece

    def __repr__(self) -> str:
        return str(self.piece.where)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bit_of_any_wrapped_key_its_salt_or_its_names_counts(pieces: list[Piece], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([piece.key for piece in pieces]))
    name = data.draw(st.sampled_from(["wrapped", "salt", "id", "kek_id"]))
    value = getattr(key, name)
    raw = value if isinstance(value, bytes) else value.encode()
    other = flipped(raw, data.draw(st.integers(0, len(raw) * 8 - 1)))
    changed = dataclasses.replace(key, **{name: other if isinstance(value, bytes) else other.decode("latin-1")})
    with pytest.raises(CannotDecrypt):
        rewrap(HOUSE[0].keyring, changed)


def test_any_change_in_any_column_of_any_row_changes_its_digest(pieces: list[Piece]) -> None:
    """Ciphertext or not: what custody keeps of a row is made of all that is in it."""
    columns = 0
    with HOUSE[0].reading() as connection:
        digests = {place: digest for place, digest, _ in all_digests(connection)}
        for table in metadata.sorted_tables:
            if table.name in UNPROTECTED:
                continue
            for row in connection.execute(sa.select(table)):
                values = row._asdict()
                salt = find_wrapped(connection, values["key_id"]).salt if values.get("key_id") else None
                assert digest_of(values, salt) == digests[f"{table.name}/{values['id']}"]
                for name, value in values.items():
                    changed = digest_of({**values, name: _otherwise(value)}, salt)
                    assert changed != digests[f"{table.name}/{values['id']}"], (table.name, name)
                    columns += 1
    assert columns > 500


def _otherwise(value: Any) -> Any:
    if isinstance(value, bytes):
        return flipped(value, int(hashlib.sha256(value).hexdigest(), 16) % (len(value) * 8)) if value else b"x"
    if isinstance(value, bool):
        return not value
    return f"{value}x" if value is not None else "x"


def test_one_altered_row_in_every_table_is_named(pieces: list[Piece]) -> None:
    house = HOUSE[0]
    altered = {}
    with house.engine.connect() as connection:
        transaction = connection.begin()
        for table in metadata.sorted_tables:
            # What may only grow is guarded by the database itself, and read-only rows are tried there.
            if table.name in UNPROTECTED or table.name in APPEND_ONLY or table is data_key:
                continue
            row = connection.execute(sa.select(table).limit(1)).first()
            column = next((each for each in table.c if isinstance(each.type, sa.Text) and _is_free(each)), None)
            if row is not None and column is not None:
                changed = f"{row._mapping[column]}x"
                connection.execute(sa.update(table).where(table.c.id == row.id).values({column.name: changed}))
                altered[f"{table.name}/{row.id}"] = column.name
        transaction.commit()
    try:
        told = {problem.where for problem in custody.verify(house).problems if problem.code == "row-altered"}
    finally:
        with house.engine.begin() as connection:
            for place, name in altered.items():
                table, row_id = metadata.tables[place.partition("/")[0]], place.partition("/")[2]
                connection.execute(
                    sa.update(table)
                    .where(table.c.id == row_id)
                    .values({name: sa.func.substr(table.c[name], 1, sa.func.length(table.c[name]) - 1)})
                )
    assert len(altered) > 15
    assert told == set(altered)
    assert custody.verify(house).sound


def _is_free(column: sa.Column[Any]) -> bool:
    return not column.primary_key and not column.foreign_keys and not column.nullable and not column.unique
