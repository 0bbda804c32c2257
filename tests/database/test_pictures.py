"""Pictures come in stripped and encrypted, under IDs that say nothing; they are looked at and discarded."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from consent.acts import covering, custody, linking, matching, pictures, reviewing
from consent.acts.house import House
from consent.images.covering import Box
from consent.images.fingerprint import sha256
from consent.records import consents, images
from consent.records.tables.custody import data_key
from consent.records.tables.images import image, image_fingerprint
from consent.rules.access import Role
from consent.rules.identifiers import parse_image_id
from consent.rules.posting_facts import ImageState
from consent.rules.refusal import NotFound, Refused
from tests.factory import Clock, Factory, looked_at, make_house, picture_bytes, somebody
from tests.unit.images.pictures import CANARY_BYTES, dirty_jpeg, dirty_png, dirty_webp, pixels_of


def row_of(house: House, image_id: str) -> sa.Row:
    with house.reading() as connection:
        row = images.find(connection, image_id)
        assert row is not None
        return row


def acts(house: House, ref: str) -> list[str]:
    from consent.records import custody as chain

    with house.reading() as connection:
        return [row.act for row in chain.about(connection, ref)]


def blobs(house: House, folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in (folder / "blobs").glob("??/??/*")]


def test_rule_29_an_image_id_is_random_checked_and_derived_from_nothing(house: House, factory: Factory) -> None:
    first, second = factory.picture(seed=1), factory.picture(seed=2)
    assert first != second
    assert parse_image_id(first.lower().replace("-", "")) == first
    other = factory.picture(seed=3, actor=factory.staff(Role.CLINICIAN))
    assert len({first, second, other}) == 3


def test_rule_29_an_id_is_never_used_again(house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    first = factory.picture(seed=1)
    pictures.discard(house, factory.clinician(), first)
    drawn = iter([first, "IMG-2222-2222-2"])
    monkeypatch.setattr(pictures, "new_image_id", lambda random: next(drawn))
    assert factory.picture(seed=2) == "IMG-2222-2222-2"


def test_rule_29_an_id_that_holds_a_patient_field_is_not_linked(
    house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = somebody(7)
    person = type(person)("Amy Wyatt", person.born_on, "77K4M", language="en")
    signed = factory.signed_consent(person=person)
    monkeypatch.setattr(pictures, "new_image_id", lambda random: "IMG-77K4-M239-9")
    told = factory.reviewed_picture()
    with house.reading() as connection:
        number = consents.find(connection, signed).number
    with pytest.raises(Refused) as refused:
        linking.link(house, factory.clinician(), told, factory.people(told)[0], number)
    assert refused.value.codes == ("image-id-tells",)
    monkeypatch.undo()
    renewed = covering.renew(house, factory.clinician(), told)
    reviewing.review(house, factory.clinician(), renewed, looked_at(), 1, 0)
    linking.link(house, factory.clinician(), renewed, factory.people(renewed)[0], number)
    assert row_of(house, renewed).state == "ready"


@pytest.mark.parametrize("make", [dirty_jpeg, dirty_png, dirty_webp])
def test_rule_30_no_metadata_survives_and_what_is_stored_is_encrypted(
    house: House, factory: Factory, tmp_path: Path, make: object
) -> None:
    data = make()  # type: ignore[operator]
    assert CANARY_BYTES in data
    made = pictures.add_picture(house, factory.clinician(), data)
    stored = blobs(house, tmp_path)
    assert len(stored) == 2
    for blob in stored:
        assert CANARY_BYTES not in blob
        assert b"JFIF" not in blob
        assert b"PNG" not in blob
    opened = pictures.open_picture(house, factory.clinician(), made)
    assert CANARY_BYTES not in opened.data
    assert abs(pixels_of(opened.data) - pixels_of(data)).mean() < 3
    row = row_of(house, made)
    assert row.sha256 == sha256(opened.data)
    assert (row.state, row.media_type) == ("quarantine", opened.media_type)
    assert custody.verify(house).sound


def test_opening_is_in_custody_and_needs_the_unit_or_a_reason(house: House, factory: Factory) -> None:
    made = factory.picture()
    pictures.open_picture(house, factory.staff(Role.CLINICIAN), made)
    pictures.open_picture(house, factory.staff(Role.PRIVACY_OFFICER, unit="Office"), made)
    stranger = factory.staff(Role.CLINICIAN, unit="Eyes")
    with pytest.raises(Refused) as refused:
        pictures.open_picture(house, stranger, made)
    assert refused.value.codes == ("reason-needed",)
    pictures.open_picture(house, stranger, made, "second opinion", longest=100)
    assert acts(house, made) == ["image.add", "image.open", "image.open", "image.open"]
    for role in (Role.COMMUNICATIONS, Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(Refused):
            pictures.open_picture(house, factory.staff(role), made)
    with pytest.raises(NotFound):
        pictures.open_picture(house, stranger, "IMG-2222-2222-2", "curious")


def test_candidates_are_opened_once_for_all_and_in_custody(house: House, factory: Factory) -> None:
    made = [factory.picture(), factory.picture()]
    shown = pictures.open_candidates(house, factory.staff(Role.COMMUNICATIONS), tuple(made))
    assert set(shown) == set(made)
    assert all(data.startswith(b"\xff\xd8") for data in shown.values())
    assert acts(house, made[0])[-1] == "image.open-candidates"


def test_the_same_file_is_not_taken_in_twice(house: House, factory: Factory, tmp_path: Path) -> None:
    made = factory.picture(seed=5)
    with pytest.raises(Refused) as refused:
        factory.picture(seed=5)
    assert refused.value.codes == ("already-added",)
    assert refused.value.reasons[0].facts["image"] == made
    assert len(blobs(house, tmp_path)) == 2


def test_bad_files_and_media_are_refused_beside_their_field(house: House, factory: Factory) -> None:
    for data in (b"", b"%PDF-1.7", picture_bytes(1)[:2000]):
        with pytest.raises(Refused) as refused:
            pictures.add_picture(house, factory.clinician(), data)
        assert refused.value.reasons[0].field == "file"
    with pytest.raises(Refused) as refused:
        pictures.add_picture(house, factory.clinician(), picture_bytes(1), "story")
    assert refused.value.codes == ("medium-unknown",)


def test_film_and_sound_get_an_id_and_are_not_stored(house: House, factory: Factory, tmp_path: Path) -> None:
    film = b"\0\0\0\x18ftypisom" + bytes(5000)
    made = pictures.add_film(house, factory.clinician(), io.BytesIO(film))
    sound = pictures.add_film_by_digest(house, factory.clinician(), "sound", "AB" * 32)
    assert (row_of(house, made).medium, row_of(house, sound).medium) == ("film", "voice")
    assert blobs(house, tmp_path) == []
    assert matching.matching(house, film)[0] == matching.Candidate(made, is_exact=True)
    assert matching.matching_digest(house, "ab" * 32)[0].image == sound
    with pytest.raises(Refused):
        pictures.add_film_by_digest(house, factory.clinician(), "film", "not a digest")
    with pytest.raises(NotFound):
        pictures.open_picture(house, factory.clinician(), made)


def test_discarding_deletes_file_key_and_fingerprints_and_keeps_the_row(
    house: House, factory: Factory, tmp_path: Path
) -> None:
    made = factory.picture(seed=9)
    key_id = row_of(house, made).key_id
    assert matching.alike(house, picture_bytes(9))[0].image == made
    pictures.discard(house, factory.clinician(), made)
    pictures.discard(house, factory.clinician(), made)
    assert blobs(house, tmp_path) == []
    assert row_of(house, made).state == "discarded"
    assert matching.alike(house, picture_bytes(9)) == ()
    with house.reading() as connection:
        assert connection.execute(sa.select(data_key).where(data_key.c.id == key_id)).one_or_none() is None
        assert connection.execute(sa.select(image_fingerprint.c.content)).scalar_one() is None
        assert images.image_facts(connection, [made])[made].state is ImageState.DESTROYED
    assert custody.verify(house).sound
    assert factory.picture(seed=9) != made


def test_a_linked_picture_is_not_discarded(house: House, factory: Factory) -> None:
    made = factory.ready_picture(factory.signed_consent())
    with pytest.raises(Refused) as refused:
        pictures.discard(house, factory.clinician(), made)
    assert refused.value.codes == ("picture-is-linked",)


def test_covering_makes_a_new_picture_and_replaces_the_first(house: House, factory: Factory) -> None:
    first = factory.picture(seed=4)
    clinician = factory.clinician()
    made = covering.cover(house, clinician, first, Box(0, 0, 0.5, 1), [Box(0, 0, 0.25, 0.25)])
    assert row_of(house, made).parent_id == first
    assert (row_of(house, made).width, row_of(house, made).height) == (160, 240)
    assert row_of(house, first).state == "replaced"
    assert pixels_of(pictures.open_picture(house, clinician, made).data)[:50, :70].max() < 12
    again = covering.cover(house, clinician, first, None, [Box(0, 0, 0.5, 0.5)])
    with house.reading() as connection:
        assert set(images.made_from(connection, first)) == {made, again}
        assert images.image_facts(connection, [first])[first].state is ImageState.SUPERSEDED
    with pytest.raises(Refused) as refused:
        covering.cover(house, clinician, first, None, [])
    assert refused.value.codes == ("nothing-to-cover",)
    with pytest.raises(Refused):
        covering.cover(house, clinician, first, None, [Box(0, 0, 0.1, 0.1)] * 9)
    with pytest.raises(Refused):
        covering.cover(house, factory.staff(Role.CLINICIAN, unit="Eyes"), first, None, [Box(0, 0, 0.1, 0.1)])
    assert custody.verify(house).sound


def test_a_picture_added_by_one_process_is_found_by_another(
    house: House, factory: Factory, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    other = make_house(database_url, tmp_path, clock)
    made = factory.picture(seed=11)
    assert matching.alike(other, picture_bytes(11))[0].image == made
    later = factory.picture(seed=12)
    found = matching.matching(other, picture_bytes(12))
    assert (found[0].image, found[0].is_exact) == (later, False)
    pictures.discard(house, factory.clinician(), later)
    pictures.discard(house, factory.clinician(), made)
    newest = factory.picture(seed=13)
    assert matching.alike(other, picture_bytes(12)) == ()
    assert matching.alike(other, picture_bytes(13))[0].image == newest
    assert len(other.matcher) == 1
    other.engine.dispose()


def test_the_released_file_is_found_exactly(house: House, factory: Factory) -> None:
    made = factory.picture(seed=14)
    data = pictures.open_picture(house, factory.clinician(), made).data
    assert matching.matching(house, data) == (matching.Candidate(made, is_exact=True),)


def test_the_table_names_no_file(house: House) -> None:
    assert not [column for column in image.c.keys() if "name" in column]
