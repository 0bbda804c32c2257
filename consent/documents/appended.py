"""Whether what was put after a file is a time-stamp of ours and nothing else.

The token covers every byte before it and around it. But an authority stamps what anybody sends, so the update itself
is held to the one shape in which `documents/stamped.py` writes it: a new field in the form, on the first page and in
no other place, and certificates with their issuers' word where a checker looks for them; all else reads as it did.
General difference policies allow more (metadata, new line ends).
Source: ETSI EN 319 142-1, 5.5; ISO 32000-1, 7.5.6 (incremental updates).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable
from typing import Any

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from consent.documents.certificates import Certificate
from consent.documents.stamping import STAMP_FIELD, BadStamp, Stamp, read_stamp

_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,9}) (\d{1,9}) (\d{1,9})\]")
_NAME = re.compile(re.escape(STAMP_FIELD) + r"[1-9]\d{0,3}")
# What a hidden field and its stamp may say of themselves; anything more could be shown or run.
_FIELD_KEYS = frozenset({"/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/TU", "/V"})
_STAMP_KEYS = frozenset({"/Contents", "/ByteRange", "/Type", "/Filter", "/SubFilter"})
_HIDDEN = 130  # hidden and locked
_MATERIAL = {"/Certs": x509.Certificate, "/CRLs": crl.CertificateList, "/OCSPs": ocsp.OCSPResponse}


class NotAStamp(Exception):
    """`code`: stamp-not-trusted (no good token of a known authority) or changed-with-stamp (more than a stamp)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_update(before: bytes, after: bytes, trust: Iterable[Certificate]) -> Stamp:
    """Return the stamp that `after` adds to `before`. Raises: NotAStamp; whatever a parser raises on broken files.

    `before` must have been checked: here it is taken for good. `after` must begin with it.
    """
    if not after.startswith(before) or len(after) == len(before):
        raise NotAStamp("changed-with-stamp")
    stamp = stamp_after(before, after, trust)
    _check_shape(PdfFileReader(io.BytesIO(before)), PdfFileReader(io.BytesIO(after)))
    return stamp


def stamp_after(before: bytes, after: bytes, trust: Iterable[Certificate]) -> Stamp:
    """Return what the token says that stands in the update's one gap and is over all the rest of the file. Of what else
    the update holds this says nothing. Raises: NotAStamp.
    """
    if after.count(b"/ByteRange", len(before)) != 1:
        raise NotAStamp("changed-with-stamp")
    found = _RANGE.search(after, len(before))
    if found is None:
        raise NotAStamp("changed-with-stamp")
    start, end, rest = (int(number) for number in found.groups())
    gap = after[start:end]
    if start < len(before) or end + rest != len(after) or not re.fullmatch(rb"<(?:[0-9A-F]{2})+>", gap):
        raise NotAStamp("changed-with-stamp")
    digest = hashlib.sha256(after[:start] + after[end:]).digest()
    try:
        padded = bytes.fromhex(gap[1:-1].decode("ascii"))
        token = cms.ContentInfo.load(padded).dump()
        if padded[len(token) :].strip(b"\0"):
            raise NotAStamp("changed-with-stamp")
        return read_stamp(token, digest, trust)
    except (BadStamp, ValueError) as error:
        raise NotAStamp("stamp-not-trusted") from error


def _check_shape(old: PdfFileReader, new: PdfFileReader) -> None:
    """Return if one revision was added, and it holds one stamp's field and what must list it. Raises: NotAStamp."""
    last = old.xrefs.total_revisions
    _must(new.xrefs.total_revisions == last + 1 and not new.xrefs.hybrid_xrefs_present and not new.encrypted)
    _must(_starts(new, last) == _starts(old, last) and not new.xrefs.refs_freed_in_revision(last))
    _must(all(_plain(old.trailer.raw_get(each)) == _plain(new.trailer.raw_get(each)) for each in ("/Root", "/Info")))

    catalogue, form = old.root_ref.idnum, _number(old.root, "/AcroForm")
    page = _number(old.root["/Pages"], "/Kids", 0)
    field = _object(new, form)["/Fields"][-1]
    field_at = _number(_object(new, form), "/Fields", -1)
    stamp, stamp_at = field["/V"], _number(field, "/V")

    written = {each.idnum for each in new.xrefs.explicit_refs_in_revision(last)}
    material = _material(old, new, written)
    # The catalogue need not be written anew, and names nothing new but the material if it is.
    fresh = written - {catalogue, form, page} - _store(old)
    _must({form, page, field_at, stamp_at} <= written and min(fresh) >= int(old.trailer["/Size"]))
    # Where objects begin is said in an object too.
    _must(all(_object(new, each).get("/Type") == "/XRef" for each in fresh - {field_at, stamp_at} - material))

    _must(_but(old.root, "/Extensions", "/DSS") == _but(new.root, "/Extensions", "/DSS"))
    for number, listing in ((form, "/Fields"), (page, "/Annots")):
        was, now = _object(old, number), _object(new, number)
        _must(_but(was, listing) == _but(now, listing))
        _must(_plain(now[listing]) == [*_plain(was[listing]), ("reference", field_at, 0)])
    _must(_is_hidden_field(field, page))
    _must(set(stamp) <= _STAMP_KEYS and stamp["/Type"] == "/DocTimeStamp" and stamp["/SubFilter"] == "/ETSI.RFC3161")


def _store(reader: PdfFileReader) -> set[int]:
    """Return the number of the object that lists certificates and what their issuers say, if the file has one."""
    return {_number(reader.root, "/DSS")} if "/DSS" in reader.root else set()


def _material(old: PdfFileReader, new: PdfFileReader, written: set[int]) -> set[int]:
    """Return the objects of the update that are certificates and what their issuers say, and what lists them."""
    store = _store(new)
    _must(_store(old) in (set(), store))
    found = store & written
    for key, kind in _MATERIAL.items() if store else ():
        held = [_plain(each) for each in (_listed(old, key), _listed(new, key))]
        _must(all(each in held[1] for each in held[0]) and set(new.root["/DSS"]) <= {"/Type", *_MATERIAL})
        for place, number, generation in held[1]:
            _must(place == "reference" and generation == 0)
            if number in written:
                stream = _object(new, number)
                _must(isinstance(stream, generic.StreamObject) and set(stream) <= {"/Length", "/Filter"})
                _must(_is_whole(kind.load(stream.data, strict=True)))
                found.add(number)
    return found


def _is_whole(value: Any) -> bool:  # noqa: ANN401 -- asn1crypto publishes no types
    """Whether every part of it is what it should be; a successful answer in an OCSP response is read too."""
    if isinstance(value, ocsp.OCSPResponse):
        held = value["response_bytes"]
        _must(value["response_status"].native == "successful")
        _must(held["response_type"].native == "basic_ocsp_response")
        return _is_whole(ocsp.BasicOCSPResponse.load(held["response"].contents, strict=True))
    return value.native is not None


def _listed(reader: PdfFileReader, key: str) -> generic.ArrayObject:
    store = reader.root["/DSS"] if "/DSS" in reader.root else {}
    return store[key] if key in store else generic.ArrayObject()


def _is_hidden_field(field: generic.DictionaryObject, page: int) -> bool:
    return (
        set(field) <= _FIELD_KEYS
        and field["/FT"] == "/Sig"
        and field["/Subtype"] == "/Widget"
        and field["/F"] == _HIDDEN
        and [float(each) for each in field["/Rect"]] == [0, 0, 0, 0]
        and _NAME.fullmatch(str(field["/T"])) is not None
        and _number(field, "/P") == page
    )


def _must(holds: bool) -> None:
    if not holds:
        raise NotAStamp("changed-with-stamp")


def _starts(reader: PdfFileReader, revisions: int) -> list[int]:
    return [reader.xrefs.get_startxref_for_revision(each) for each in range(revisions)]


def _object(reader: Any, number: int) -> Any:  # noqa: ANN401 -- pyHanko's reader publishes no types here
    return reader.get_object(generic.Reference(number, 0, reader))


def _number(container: Any, *path: str | int) -> int:  # noqa: ANN401 -- any PDF object
    """Return the number of the object that is pointed to there, which must not be written there itself."""
    *way, last = path
    for key in way:
        container = container[key]
    found = container.raw_get(len(container) + last if isinstance(last, int) and last < 0 else last)
    _must(isinstance(found, generic.IndirectObject) and found.generation == 0)
    return int(found.idnum)


def _but(container: Any, *left_out: str) -> dict[str, Any]:  # noqa: ANN401 -- any PDF object
    return {key: _plain(container.raw_get(key)) for key in container if key not in left_out}


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any PDF object
    """Return an object in a form that can be compared, with pointers as pointers."""
    if isinstance(value, generic.IndirectObject):
        return ("reference", value.idnum, value.generation)
    if isinstance(value, generic.DictionaryObject):
        return _but(value)
    if isinstance(value, generic.ArrayObject):
        return [_plain(value.raw_get(place)) for place in range(len(value))]
    return (type(value).__name__, str(value))
