"""Scans of signed forms: what is taken, what is refused, and that hostile files do no harm."""

from __future__ import annotations

import contextlib
import io
import zlib
from typing import Any

import pikepdf
import pytest
from PIL import Image

from consent.images.limits import Limits
from consent.images.reading import describe
from consent.images.scans import LONGER_SIDE, read_scan, turn
from consent.rules.refusal import Refused


def picture(width: int = 600, height: int = 800, kind: str = "JPEG", **more: Any) -> bytes:
    made = Image.new("RGB", (width, height), "white")
    made.paste("black", (0, 0, width // 2, height // 4))
    out = io.BytesIO()
    made.save(out, kind, **more)
    return out.getvalue()


def pdf(pages: int = 1, rotate: int = 0, size: tuple[int, int] = (595, 842)) -> pikepdf.Pdf:
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=size)
        made.pages[-1].Rotate = rotate
        made.pages[-1].Contents = made.make_stream(b"0 0 0 rg 0 600 200 242 re f")
    return made


def written(made: pikepdf.Pdf, **more: Any) -> bytes:
    out = io.BytesIO()
    made.save(out, **more)
    return out.getvalue()


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Refused) as caught:
        read_scan(data, limits)
    return caught.value.codes[0]


def test_a_photograph_becomes_one_upright_page_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "CANARY CAMERA"
    (page,) = read_scan(picture(exif=exif.tobytes()))
    assert (page.width, page.height, page.kind) == (800, 600, "jpeg")
    assert b"CANARY" not in page.data
    assert b"Exif" not in page.data


def test_a_png_is_taken_and_a_large_one_becomes_smaller() -> None:
    (page,) = read_scan(picture(5000, 7000, "PNG"))
    assert max(page.width, page.height) == LONGER_SIDE
    assert page.kind == "jpeg"


def test_every_page_of_a_pdf_upright_as_it_says() -> None:
    pages = read_scan(written(pdf(3, rotate=90)))
    assert len(pages) == 3
    assert pages[0].width > pages[0].height
    image = Image.open(io.BytesIO(pages[0].data)).convert("L")
    # Black stood at the top left; turned to the right it stands at the top right.
    assert image.getpixel((image.width - 30, 30)) < 60  # type: ignore[operator]
    assert image.getpixel((30, image.height - 30)) > 200  # type: ignore[operator]


def test_a_page_can_be_turned() -> None:
    (page,) = read_scan(picture())
    once = describe(turn(page.data, 1))
    assert (once.width, once.height) == (page.height, page.width)
    image = Image.open(io.BytesIO(turn(page.data, 1))).convert("L")
    assert image.getpixel((image.width - 20, 20)) < 60  # type: ignore[operator]
    assert turn(page.data, 4) == page.data


def _script(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _names(made: pikepdf.Pdf) -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["a", script])))


def _launch(made: pikepdf.Pdf) -> None:
    made.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"))


def _hidden(made: pikepdf.Pdf) -> None:
    # Nothing points to it but a private key: still not a scan.
    made.Root.Private = made.make_indirect(pikepdf.Dictionary(JS="1"))


def _xfa(made: pikepdf.Pdf) -> None:
    made.Root.AcroForm = pikepdf.Dictionary(XFA="<xdp/>", Fields=pikepdf.Array())


@pytest.mark.parametrize("spoil", [_script, _names, _launch, _hidden, _xfa])
@pytest.mark.parametrize("packed", [False, True])
def test_a_pdf_with_a_script_is_refused(spoil: Any, packed: bool) -> None:
    made = pdf()
    spoil(made)
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    assert refused(written(made, object_stream_mode=mode)) == "scan-pdf-script"


def test_a_pdf_with_a_file_in_it_is_refused() -> None:
    made = pdf()
    made.attachments["a.txt"] = b"hello"
    assert refused(written(made)) == "scan-pdf-files"


def test_a_locked_pdf_is_refused() -> None:
    locked = written(pdf(), encryption=pikepdf.Encryption(owner="o", user="u"))
    assert refused(locked) == "scan-pdf-locked"
    assert refused(written(pdf(), encryption=pikepdf.Encryption(owner="o", user=""))) == "scan-pdf-locked"


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\x00" * 5000, b"%PDF-1.4 trailer <</Root 1 0 R>>"])
def test_what_is_no_pdf_inside_is_refused(data: bytes) -> None:
    assert refused(data) in {"scan-pdf-damaged", "scan-pages"}


def test_a_cut_pdf_is_refused_or_read_but_never_an_error() -> None:
    whole = written(pdf(2))
    for part in range(100, len(whole), 211):
        with contextlib.suppress(Refused):
            assert len(read_scan(whole[:part])) == 2


def test_too_many_pages_and_none_are_refused() -> None:
    assert refused(written(pdf(21))) == "scan-pages"
    assert refused(written(pikepdf.new())) == "scan-pages"


def test_a_sheet_as_large_as_a_house_is_refused() -> None:
    assert refused(written(pdf(size=(14000, 14000)))) == "scan-pdf-damaged"


def test_a_bomb_of_pixels_in_a_pdf_ends_in_its_own_process() -> None:
    made = pdf()
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(10_000_000)) for _ in range(200)) + packer.flush()
    image = pikepdf.Stream(made, b"")
    image.write(packed, filter=pikepdf.Name.FlateDecode)
    image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    image.Width, image.Height, image.BitsPerComponent = 60_000, 60_000, 8
    image.ColorSpace = pikepdf.Name.DeviceRGB
    made.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    made.pages[0].Contents = made.make_stream(b"500 0 0 500 0 0 cm /I Do")
    # Refused, or drawn without the picture: nothing was unpacked that has no room.
    assert _outcome(written(made)) in ("scan-pdf-damaged", "1 page")


def _outcome(scan: bytes) -> str:
    try:
        return f"{len(read_scan(scan))} page"
    except Refused as no:
        return next(iter(no.codes))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"RIFF\x00\x00\x00\x00WEBPVP8 ", b"MZ"])
def test_other_kinds_are_refused(data: bytes) -> None:
    assert refused(data) == "scan-kind-unknown"


def test_a_picture_bomb_and_a_file_too_large_are_refused() -> None:
    assert refused(picture(), Limits(octets=100)) == "picture-too-large"
    assert refused(written(pdf()), Limits(octets=100)) == "picture-too-large"
    bomb = picture(8000, 8000, "PNG")
    assert refused(bomb) == "picture-too-many-pixels"
