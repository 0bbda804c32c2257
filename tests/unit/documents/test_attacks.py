"""What has fooled other checkers: each attack, made on a real sealed file, is found out, and quickly.

Names of the attacks: "Shadow Attacks" (hide, replace, hide-and-replace), "1 Trillion Dollar Refund" (universal
forgery, incremental saving, signature wrapping), "Breaking the Specification: PDF Certification" (2019 to 2021).
"""

from __future__ import annotations

import io
import re
import sys
import time
import zlib
from datetime import datetime

import pikepdf
import pytest
from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from consent.documents.limited import SECONDS, TOOK_TOO_LONG, check_limited
from consent.documents.verifying import check_seal
from tests.spoiling import annotation


def numbers(pdf: bytes) -> list[int]:
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", pdf)
    assert found
    return [int(each) for each in found.groups()]


def with_range(pdf: bytes, *wanted: int) -> bytes:
    """The same file with another byte range, as long as the one before it."""
    old = re.search(rb"/ByteRange \[[^]]+\]", pdf).group()
    new = b"/ByteRange [" + b" ".join(b"%d" % each for each in wanted) + b"]"
    assert len(new) <= len(old)
    return pdf.replace(old, new[:-1].ljust(len(old) - 1) + b"]")


def updated(pdf: bytes, change) -> bytes:
    """The file with one more revision after it, as an editor would save it."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(pdf)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def saved_anew(pdf: bytes, change) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        opened.save(out)
    return out.getvalue()


def appended(sealed, house, look_alike, now):
    return sealed + b"\n%%EOF\n"


def shadow_replaced(sealed, house, look_alike, now):
    """Another page is shown in place of the one that was sealed: a new object under an old number."""

    def change(writer):
        page = writer.find_page_for_modification(0)[0].get_object()
        stream = generic.StreamObject(stream_data=b"BT /F1 40 Tf 100 500 Td (I agree to everything) Tj ET")
        page["/Contents"] = writer.add_object(stream)
        writer.update_container(page)

    return updated(sealed, change)


def shadow_hidden(sealed, house, look_alike, now):
    """What lay hidden below is brought up by a later revision that only re-points the page tree."""

    def change(writer):
        pages = writer.root["/Pages"]
        pages["/Kids"] = generic.ArrayObject([pages.raw_get("/Kids")[0]])
        pages["/Count"] = generic.NumberObject(1)
        writer.update_container(pages)

    return updated(sealed, change)


def annotation_added(sealed, house, look_alike, now):
    def change(writer):
        page = writer.find_page_for_modification(0)[0].get_object()
        page["/Annots"] = generic.ArrayObject([annotation(writer)])
        writer.update_container(page)

    return updated(sealed, change)


def page_added(sealed, house, look_alike, now):
    return saved_anew(sealed, lambda pdf: pdf.add_blank_page())


def page_added_by_update(sealed, house, look_alike, now):
    def change(writer):
        page = writer.find_page_for_modification(0)[0]
        pages = writer.root["/Pages"]
        pages["/Kids"].append(page)
        pages["/Count"] = generic.NumberObject(len(pages["/Kids"]))
        writer.update_container(pages)

    return updated(sealed, change)


def permissions_dropped(sealed, house, look_alike, now):
    def change(pdf):
        del pdf.Root.Perms

    return saved_anew(sealed, change)


def signature_emptied(sealed, house, look_alike, now):
    start, end = numbers(sealed)[1:3]
    return sealed[: start + 1] + b"0" * (end - start - 2) + sealed[end - 1 :]


def signature_left_out(sealed, house, look_alike, now):
    """Universal forgery: the dictionary is there, its content is not."""
    start, end = numbers(sealed)[1:3]
    return sealed[:start] + b"null".ljust(end - start) + sealed[end:]


def range_left_out(sealed, house, look_alike, now):
    return sealed.replace(b"/ByteRange ", b"/ByteRangX ")


def range_overlapping(sealed, house, look_alike, now):
    _, start, end, rest = numbers(sealed)
    return with_range(sealed, 0, start + 40, end - 40, rest + 40)


def range_from_within(sealed, house, look_alike, now):
    _, start, end, rest = numbers(sealed)
    return with_range(sealed, 9, start - 9, end, rest)


def range_negative(sealed, house, look_alike, now):
    _, start, end, _ = numbers(sealed)
    return with_range(sealed, 0, start, end, -1)


def signature_wrapped(sealed, house, look_alike, now):
    """The sealed parts are moved apart, and other content is put between them."""
    _, start, end, rest = numbers(sealed)
    tail = sealed[end:]
    new = b"\n9999 0 obj << /Type /Catalog >> endobj\n" * 3
    moved = sealed[:end] + new + tail
    return with_range(moved, 0, start, end + len(new), rest)


def signature_wrapped_twice(sealed, house, look_alike, now):
    """The old range stays for whoever looks for the last one, a second one is for whoever looks for the first."""
    _, start, end, rest = numbers(sealed)
    return sealed + b"\n<< /ByteRange [0 %d %d %d] >>\n%%%%EOF\n" % (start, end, rest)


def look_alike_certificate(sealed, house, look_alike, now):
    start = sealed.rindex(b"%%EOF", 0, numbers(sealed)[1]) + len(b"%%EOF\n")
    return look_alike.sealer.seal(sealed[:start], "Sealed by Mercy Valley Hospital", now)


def sealed_again_by_another(sealed, house, look_alike, now):
    """Our seal is taken off, the words are changed, and somebody else's seal is put on."""

    def change(pdf):
        del pdf.Root.Perms, pdf.Root.AcroForm
        pdf.pages[0].contents_add(b" q Q ")
        for page in pdf.pages:
            if "/Annots" in page:
                del page.Annots

    return look_alike.sealer.seal(saved_anew(sealed, change), "Sealed by Mercy Valley Hospital", now)


def enclosed_file_changed(sealed, house, look_alike, now):
    def change(pdf):
        pdf.attachments["shown-text.txt"] = b"I agree to everything"

    return saved_anew(sealed, change)


def seal_in_another_field(sealed, house, look_alike, now):
    return sealed.replace(b"OrganisationSeal", b"OrganisationSeaI")


def signed_attributes_left_out(sealed, house, look_alike, now):
    """The signer is ours, the message is whole, and says nothing that was signed."""
    start, end = numbers(sealed)[1:3]
    message = cms.ContentInfo.load(bytes.fromhex(sealed[start + 1 : end - 1].decode()))
    del message["content"]["signer_infos"][0]["signed_attrs"]
    anew = message.dump(force=True).hex().upper().encode()
    return sealed[: start + 1] + anew.ljust(end - start - 2, b"0") + sealed[end - 1 :]


ATTACKS = [
    appended,
    shadow_replaced,
    shadow_hidden,
    annotation_added,
    page_added,
    page_added_by_update,
    permissions_dropped,
    signature_emptied,
    signature_left_out,
    range_left_out,
    range_overlapping,
    range_from_within,
    range_negative,
    signature_wrapped,
    signature_wrapped_twice,
    look_alike_certificate,
    sealed_again_by_another,
    enclosed_file_changed,
    seal_in_another_field,
    signed_attributes_left_out,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_rule_25_no_attack_passes_for_a_genuine_form(attack, sealed, house, look_alike, now):
    assert check_seal(sealed, [house.certificate]).genuine
    forged = attack(sealed, house, look_alike, now)
    assert forged != sealed
    found = check_seal(forged, [house.certificate])
    assert not found.genuine
    assert found.reason_code in {
        "not-whole-file",
        "several-signatures",
        "not-our-form",
        "not-our-certificate",
        "altered",
        "not-sealed",
    }


@pytest.mark.parametrize("attack", [shadow_replaced, signature_wrapped, sealed_again_by_another])
def test_the_limited_check_finds_the_same(attack, sealed, house, look_alike, now):
    forged = attack(sealed, house, look_alike, now)
    limited = check_limited(forged, [house.certificate])
    assert limited == check_seal(forged, [house.certificate])


def test_a_genuine_file_passes_the_limited_check(sealed, house, now):
    found = check_limited(sealed, [house.certificate])
    assert found.genuine
    assert found.sealed_at == now
    assert isinstance(found.sealed_at, datetime)


def xref_loop() -> bytes:
    body = b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 1 0 R >> endobj\n"
    place = len(body)
    return (
        body
        + b"xref\n0 1\n0000000000 65535 f \ntrailer << /Size 2 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF"
        % (
            place,
            place,
        )
    )


def stream_bomb() -> bytes:
    squeezed = zlib.compress(zlib.compress(bytes(200_000_000), 9), 9)
    return (
        b"%PDF-1.7\n1 0 obj << /Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode] /Length "
        + str(len(squeezed)).encode()
        + b" >> stream\n"
        + squeezed
        + b"\nendstream endobj\nstartxref\n9\n%%EOF"
    )


def deeply_nested() -> bytes:
    return b"%PDF-1.7\n1 0 obj " + b"[" * 400_000 + b"]" * 400_000 + b" endobj\nstartxref\n9\n%%EOF"


def with_seal_around(body: bytes) -> bytes:
    """A body with a byte range that fits, so that what is in the gap is read."""
    gap = b"<" + b"30" * 2_000_000 + b">"
    head = body + b"\n<< /ByteRange [0 000000000 000000000 000000000] /Contents "
    start = len(head)
    head = head.replace(b"[0 000000000 000000000 000000000]", b"[0 %09d %09d %09d]" % (start, start + len(gap), 3))
    return head + gap + b">>\n"


def endless_digits() -> bytes:
    return with_seal_around(b"%PDF-1.7\n")


def many_ranges() -> bytes:
    return b"%PDF-1.7\n" + b"/ByteRange [0 1 2 3]" * 500_000


@pytest.mark.parametrize("make", [xref_loop, stream_bomb, deeply_nested, endless_digits, many_ranges])
def test_a_hostile_file_is_answered_within_five_seconds(make, house):
    hostile = make()
    begun = time.monotonic()
    found = check_limited(hostile, [house.certificate])
    # A busy machine starts a process slowly; the limit itself is five seconds.
    assert time.monotonic() - begun < SECONDS + 2
    assert not found.genuine


def test_a_signature_of_megabytes_is_not_taken_apart(house):
    """Ours have some thousand digits: to read millions would keep a processor busy for seconds, for nothing."""
    hostile = with_seal_around(b"%PDF-1.7\n").replace(b"30" * 2_000_000, b"FF" * 2_000_000)
    assert check_seal(hostile, [house.certificate]).reason_code == "not-our-form"


def test_whatever_the_reader_does_its_process_alone_pays_for_it(sealed, house):
    """Even if a file that our key vouches for made the parser run for ever, the answer would come."""
    assert check_limited(sealed, [house.certificate], seconds=0.01).reason_code == TOOK_TOO_LONG


def test_what_is_too_large_is_not_even_read(house):
    assert check_limited(b"%PDF-1.7" + bytes(17 << 20), [house.certificate]).reason_code == "unreadable"


def test_whatever_reads_a_hostile_file_knows_none_of_our_secrets(sealed, house, tmp_path, monkeypatch):
    reader = tmp_path / "reader"
    answer = '{"genuine":false,"reason_code":"knows:%s","signed_by":null,"sealed_at":null,"stamps":[]}'
    reader.write_text(f"#!/bin/sh\ncat > /dev/null\nprintf '{answer}' \"$AWS_SECRET_ACCESS_KEY\"\n")
    reader.chmod(0o700)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setattr(sys, "executable", str(reader))
    assert check_limited(sealed, [house.certificate]).reason_code == "knows:"
