"""A file with time-stamps after its seal: genuine with those that are on record, and with nothing else."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from consent.documents import stamped as writing
from consent.documents.appended import check_update
from consent.documents.limited import check_limited
from consent.documents.stamped import add_stamp
from consent.documents.stamping import CannotStamp
from consent.documents.verifying import SealCheck, Versions, check_seal
from tests import authority as tsa
from tests.authority import Authority
from tests.spoiling import annotation


@pytest.fixture(scope="module")
def authority(stamping: Authority) -> Authority:
    return stamping


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """Another authority; its certificates bear the very same names."""
    with tsa.running(tsa.make(tmp_path_factory.mktemp("foreign"))) as running:
        yield running


@pytest.fixture(scope="module")
def once(stamped: bytes) -> bytes:
    return stamped


@pytest.fixture(scope="module")
def twice(once: bytes, authority: Authority) -> bytes:
    return add_stamp(once, authority.stamper(), 2)


@pytest.fixture
def check(house, authority: Authority) -> Callable[..., SealCheck]:
    def checked(pdf: bytes, *sizes: int) -> SealCheck:
        return check_seal(pdf, [house.certificate], versions=Versions(sizes, (authority.root,)))

    return checked


def test_what_was_sealed_stays_byte_for_byte(sealed, once, twice, check, house, authority, now):
    assert once.startswith(sealed)
    assert twice.startswith(once)
    found = check(twice, len(sealed), len(once))
    assert found == SealCheck(True, "genuine", house.certificate.fingerprint, now, found.stamps)
    assert len(found.stamps) == 2
    assert check(once, len(sealed)).genuine
    assert check_seal(sealed, [house.certificate]).genuine
    # Its own process says the same.
    versions = Versions((len(sealed), len(once)), (authority.root,))
    assert check_limited(twice, [house.certificate], seconds=30, versions=versions) == found


def test_a_stamp_that_is_not_on_record_is_none(once, twice, sealed, check, house):
    """Without the record's word nothing may stand after the sealed file, whoever vouches for it."""
    assert check_seal(once, [house.certificate]).reason_code == "several-signatures"
    assert not check(twice, len(sealed)).genuine
    assert not check(twice, len(once)).genuine
    assert not check(twice, len(sealed), len(sealed) + 5).genuine


def test_other_programs_find_seal_and_stamps(twice, tmp_path: Path):
    """poppler knows nothing of ours: it finds three signatures, the last over the whole file."""
    file = tmp_path / "twice.pdf"
    file.write_bytes(twice)
    said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature #") == 3
    assert "Signature is Valid" in said.split("Signature #2")[0]
    assert said.count("Not total document signed") == 2
    assert said.rstrip().split("\n")[-2].strip() == "- Total document signed"


def test_the_document_reads_as_before(sealed, twice):
    """Tags, language, title, metadata, text and attachments: the same objects, untouched."""
    old, new = PdfFileReader(io.BytesIO(sealed)), PdfFileReader(io.BytesIO(twice))
    for key in old.root:
        if key not in ("/AcroForm", "/Extensions"):
            assert repr(old.root.raw_get(key)) == repr(new.root.raw_get(key)), key
    touched = {each.idnum for rev in (2, 3) for each in new.xrefs.explicit_refs_in_revision(rev)}
    known = {each.idnum for each in old.xrefs.explicit_refs_in_revision(0)}
    first_page = old.root["/Pages"]["/Kids"].raw_get(0).idnum
    assert touched & known == {first_page}
    fields = new.root["/AcroForm"]["/Fields"]
    for field in (fields[1], fields[2]):
        assert field["/F"] & 2, "hidden, so that no reader speaks of it"
        assert field["/TU"].startswith("Time-stamp")


def test_a_stamp_costs_little(sealed, once):
    assert len(once) - len(sealed) < 30_000


# ------------------------------------------------------------------ attacks


def with_bytes_after(sealed, once, authority, foreign):
    return once + b"\n"


def with_comment_after(sealed, once, authority, foreign):
    return once + b"% still the same\n%%EOF\n"


def by_a_foreign_authority(sealed, once, authority, foreign):
    return add_stamp(sealed, foreign.stamper(), 1)


def stamped_with(change):
    """A stamp by the right authority over an update that changes something besides."""

    class Changing(writing._Unsigned):
        def _prep_dom_for_writing(self) -> None:
            if not getattr(self, "done", False):
                self.done = True
                change(self)
            super()._prep_dom_for_writing()

    def attack(sealed, once, authority, foreign):
        kept, writing._Unsigned = writing._Unsigned, Changing
        try:
            return add_stamp(sealed, authority.stamper(), 1)
        finally:
            writing._Unsigned = kept

    return attack


def change_page(writer):
    page = writer.find_page_for_modification(0)[0].get_object()
    stream = generic.StreamObject(stream_data=b"BT /F1 40 Tf 100 500 Td (I agree to everything) Tj ET")
    page["/Contents"] = writer.add_object(stream)
    writer.update_container(page)


def change_later_page(writer):
    pages = writer.root["/Pages"]["/Kids"]
    page = pages[len(pages) - 1]
    page["/Rotate"] = generic.NumberObject(180)
    writer.update_container(page)


def add_annotation(writer):
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Annots"].append(annotation(writer))
    writer.update_container(page)


def show_the_field(writer):
    field = writer.root["/AcroForm"]["/Fields"][1]
    field["/F"] = generic.NumberObject(4)
    field["/Rect"] = generic.ArrayObject([generic.NumberObject(each) for each in (50, 50, 400, 200)])
    look = generic.StreamObject(stream_data=b"0 0 350 150 re f")
    field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})
    writer.update_container(field)


def place_the_field(writer):
    """Nothing new is drawn; a reader program draws a field that it can see by itself."""
    field = writer.root["/AcroForm"]["/Fields"][1]
    field["/F"] = generic.NumberObject(4)
    field["/Rect"] = generic.ArrayObject([generic.NumberObject(each) for each in (50, 50, 400, 200)])
    writer.update_container(field)


def turn_first_page(writer):
    """No new object, and one that may be written anew."""
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Rotate"] = generic.NumberObject(180)
    writer.update_container(page)


def change_title(writer):
    info = writer.trailer["/Info"]
    info["/Title"] = generic.pdf_string("Another form")
    writer.update_container(info)


def change_metadata(writer):
    metadata = writer.root["/Metadata"]
    metadata._data = metadata.data.replace(b"dc:title", b"dc:tittle")
    metadata._encoded_data = None
    writer.update_container(metadata)


def run_on_opening(writer):
    action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")}
    writer.root["/OpenAction"] = generic.DictionaryObject(action)
    writer.update_root()


def swap_enclosed_file(writer):
    writer.root["/AF"] = generic.ArrayObject([])
    writer.update_root()


def turn_language(writer):
    writer.root["/Lang"] = generic.pdf_string("es")
    writer.update_root()


def allow_changes(writer):
    del writer.root["/Perms"]
    writer.update_root()


def name_other_information(writer):
    """No object is changed: /Info only points to another one that is there, and the reader shows its title."""
    writer.set_info(generic.IndirectObject(writer.root.raw_get("/Outlines").idnum, 0, writer))


def smuggle_object(writer):
    writer.add_object(generic.StreamObject(stream_data=b"for later"))


def take_the_seal_from_the_form(writer):
    form = writer.root["/AcroForm"]
    form["/Fields"] = generic.ArrayObject([form["/Fields"].raw_get(1)])
    writer.update_container(form)


CHANGES = [
    change_page, change_later_page, add_annotation, show_the_field, change_title, change_metadata, run_on_opening,
    swap_enclosed_file, turn_language, allow_changes, smuggle_object, name_other_information,
    take_the_seal_from_the_form, place_the_field, turn_first_page,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_rule_25_a_stamp_that_changes_anything_else_is_refused(change, sealed, once, authority, foreign, check):
    """Even with the right authority's token over it, and even if the record named the file."""
    forged = stamped_with(change)(sealed, once, authority, foreign)
    assert forged.startswith(sealed)
    assert check(forged, len(sealed)).reason_code == "changed-with-stamp"


@pytest.mark.parametrize("attack", [with_bytes_after, with_comment_after, by_a_foreign_authority])
def test_rule_25_what_is_appended_otherwise_is_refused(attack, sealed, once, authority, foreign, check):
    found = check(attack(sealed, once, authority, foreign), len(sealed))
    assert found.reason_code in ("stamp-not-trusted", "changed-with-stamp")
    assert not check(attack(sealed, once, authority, foreign), len(sealed), len(once)).genuine


def test_rule_25_a_revision_without_a_stamp_is_refused(sealed, once, check):
    writer, out = IncrementalPdfFileWriter(io.BytesIO(once)), io.BytesIO()
    change_page(writer)
    writer.write(out)
    assert not check(out.getvalue(), len(sealed), len(once)).genuine
    assert not check(out.getvalue(), len(sealed)).genuine


def test_rule_25_no_altered_byte_of_the_update_passes(sealed, once, check):
    """Some sixty places between the sealed file and the end; each flip is found out."""
    step = (len(once) - len(sealed)) // 60
    for place in range(len(sealed), len(once), step):
        altered = once[:place] + bytes([once[place] ^ 0x01]) + once[place + 1 :]
        assert not check(altered, len(sealed)).genuine, place


def test_a_seal_that_was_broken_before_is_not_mended_by_a_stamp(sealed, authority, check):
    place = sealed.index(b"stream\n") + 20
    broken = sealed[:place] + bytes([sealed[place] ^ 0x01]) + sealed[place + 1 :]
    stamped_later = add_stamp(broken, authority.stamper(), 1)
    assert check(stamped_later, len(broken)).reason_code == "altered"


def test_the_check_of_one_update_says_when(sealed, once, authority):
    assert check_update(sealed, once, (authority.root,)).ends == authority.ends


def test_no_stamp_on_what_is_no_document(authority):
    with pytest.raises(CannotStamp) as caught:
        add_stamp(b"no PDF", authority.stamper(), 1)
    assert caught.value.code == "bad-document"
