from __future__ import annotations

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from consent.images import pixels
from consent.images.limits import Limits
from consent.images.reading import describe, read_picture
from consent.rules.refusal import Refused
from tests.unit.images.pictures import (
    chunk,
    dirty_jpeg,
    empty_png,
    exif,
    photograph,
    pixels_of,
    png_with,
    saved,
    segment,
    with_jpeg_size,
)


def refusal_of(data: bytes, limits: Limits | None = None) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        read_picture(data, limits)
    return refused.value.codes


@pytest.mark.parametrize(
    ("form", "options", "kind"),
    [
        ("JPEG", {"quality": 92}, "jpeg"),
        ("JPEG", {"quality": 92, "progressive": True}, "jpeg"),
        ("PNG", {}, "png"),
        ("WEBP", {"quality": 90}, "jpeg"),
        ("WEBP", {"lossless": True}, "png"),
    ],
)
def test_each_kind_is_told_by_content_and_made_anew(form, options, kind):
    image = photograph(1)
    picture = read_picture(saved(image, form, **options))
    assert (picture.kind, picture.width, picture.height) == (kind, 640, 480)
    assert picture.media_type == f"image/{kind}"
    assert np.abs(pixels_of(picture.data) - np.asarray(image)).mean() < 5
    assert describe(picture.data) == picture


def test_png_keeps_every_pixel():
    image = photograph(2)
    assert (pixels_of(read_picture(saved(image, "PNG")).data) == np.asarray(image)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_orientation_is_burned_in(form, orientation):
    # Red to the left of the top, as stored; where it ends up is what EXIF's table says.
    stored = Image.new("RGB", (96, 64), "white")
    stored.paste((255, 0, 0), (0, 0, 32, 32))
    tags = Image.Exif()
    tags[0x0112] = orientation
    picture = read_picture(saved(stored, form, exif=tags.tobytes()))
    shown = pixels_of(picture.data)
    corners = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    assert (picture.width, picture.height) == ((96, 64) if orientation < 5 else (64, 96))
    row, column = corners[orientation]
    assert shown[row, column, 1] < 60
    others = {(0, 0), (0, -1), (-1, -1), (-1, 0)} - {(row, column)}
    assert all(shown[other][1] > 200 for other in others)


def test_a_damaged_exif_block_does_not_cost_the_picture():
    plain = saved(photograph(1))
    for block in (
        b"",
        b"II",
        b"MM\0*\0\0\0\x08",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 9,
    ):
        assert read_picture(plain[:2] + segment(0xE1, b"Exif\0\0" + block) + plain[2:]).width == 640


def test_wide_colours_become_srgb():
    # A profile whose red and green are exchanged: what is stored as red is to be seen as green.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for tag in range(struct.unpack_from(">I", profile, 128)[0]):
        at = 132 + 12 * tag
        names = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}
        profile[at : at + 4] = names.get(bytes(profile[at : at + 4]), profile[at : at + 4])
        if profile[at : at + 4] == b"desc":
            start = struct.unpack_from(">I", profile, at + 4)[0]
            swapped = bytes(profile[start:]).replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"), 1)
            profile[start:] = swapped.replace(b"sRGB", b"Swap", 1)
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    for form in ("JPEG", "PNG", "WEBP"):
        shown = pixels_of(read_picture(saved(red, form, icc_profile=bytes(profile))).data)[16, 16]
        assert shown[1] > 200 > 60 > shown[0], form


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 200, saved(photograph(1, 40, 40))[:400]])
def test_a_broken_profile_is_ignored(profile):
    assert read_picture(saved(photograph(1), icc_profile=profile)).width == 640


def test_black_and_white_stays_so():
    line = Image.new("1", (64, 64), 1)
    line.paste(0, (10, 10, 20, 20))
    shown = pixels_of(read_picture(saved(line, "PNG")).data)
    assert (shown[10:20, 10:20] == 0).all()
    assert (shown[20:, 20:] == 255).all()


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_png_comes_out_in_eight_bits(mode):
    grey = np.linspace(0, 255, 64 * 64).reshape(64, 64)
    if mode == "I;16":
        image = Image.fromarray((grey * 257).astype(np.uint16))
    else:
        image = Image.fromarray(grey.astype(np.uint8)).convert(mode)
    shown = pixels_of(read_picture(saved(image, "PNG")).data)
    assert np.abs(shown[..., 0] - grey).mean() < 3


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_every_mode_of_jpeg_comes_out_for_screens(mode):
    image = photograph(1).convert(mode)
    shown = pixels_of(read_picture(saved(image, quality=95)).data)
    assert np.abs(shown - np.asarray(image.convert("RGB"))).mean() < 4


def test_what_transparency_hid_is_gone():
    hidden = photograph(1, 64, 64).convert("RGBA")
    hidden.putalpha(0)
    assert (pixels_of(read_picture(saved(hidden, "PNG")).data) == 255).all()
    assert (pixels_of(read_picture(saved(hidden, "WEBP", lossless=True, exact=True)).data) == 255).all()
    assert (pixels_of(read_picture(saved(hidden, "WEBP", quality=80)).data) > 250).all()


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"GIF89a" + b"\0" * 99, b"%PDF-1.7", b"BM" + b"\0" * 99, b"II*\0"])
def test_other_kinds_are_refused(data):
    assert refusal_of(data) == ("picture-kind-unknown",)


def test_too_many_bytes_are_refused_before_anything_is_read():
    assert refusal_of(b"\xff" * 1001, Limits(octets=1000)) == ("picture-too-large",)


@pytest.mark.parametrize(
    "data",
    [
        empty_png(10_000, 6_001),
        empty_png(40_000, 2),
        with_jpeg_size(saved(photograph(1)), 65_000, 65_000),
        # A bare header of a lossless WebP of 16,384 by 16,384 pixels.
        b"RIFF" + struct.pack("<I", 18) + b"WEBPVP8L" + struct.pack("<I", 5) + b"\x2f\xff\xff\xff\x0f\0",
    ],
    ids=["png", "long", "jpeg", "webp"],
)
def test_too_many_pixels_are_refused_before_anything_is_decoded(data, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("a decoder saw it"))
    assert refusal_of(data) == ("picture-too-many-pixels",)


def test_sixty_megapixels_are_the_limit():
    limits = Limits(pixels=640 * 480)
    assert read_picture(saved(photograph(1)), limits).width == 640
    assert refusal_of(saved(photograph(1, 641, 480)), limits) == ("picture-too-many-pixels",)
    assert Limits() == Limits(octets=50_000_000, pixels=60_000_000, side=30_000)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "MPO"])
def test_several_pictures_in_one_file_are_refused(form):
    first, second = photograph(1, 80, 60), photograph(2, 80, 60)
    assert refusal_of(saved(first, form, save_all=True, append_images=[second])) == ("picture-animated",)


def test_a_phone_picture_with_a_brightness_map_is_its_first_picture():
    mpo = saved(photograph(1, 80, 60), "MPO", save_all=True, append_images=[photograph(2, 40, 30)])
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
    picture = read_picture(mpo[:2] + segment(0xE1, xmp) + mpo[2:])
    assert (picture.width, picture.height) == (80, 60)
    assert b"MPF" not in picture.data


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_truncated_files_are_refused(form, part):
    data = saved(photograph(1), form)
    assert refusal_of(data[: int(len(data) * part)])[0] in ("picture-truncated", "picture-damaged")


@pytest.mark.parametrize("size", [(640, 481), (641, 480), (6400, 4800)])
def test_a_png_whose_size_lies_is_refused(size):
    data = saved(photograph(1), "PNG")
    header = chunk(b"IHDR", struct.pack(">II", *size) + data[24:29])
    assert refusal_of(data[:8] + header + data[33:]) == ("picture-truncated",)


@pytest.mark.parametrize("size", [(1, 1), (3, 9), (5, 4), (64, 33)])
def test_an_interlaced_png_has_all_its_rows(size):
    # Written by hand: the library at hand reads interlaced pictures and does not write them.
    width, height = size
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = [
        b"\0" + b"\x80" * len(range(left, width, across))
        for left, top, across, down in passes
        for _ in range(top, height, down)
        if left < width
    ]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1))
    start, end = b"\x89PNG\r\n\x1a\n" + header, chunk(b"IEND", b"")
    whole = b"".join(rows)
    shown = pixels_of(read_picture(start + chunk(b"IDAT", zlib.compress(whole)) + end).data)
    assert (shown == 128).all()
    assert refusal_of(start + chunk(b"IDAT", zlib.compress(whole[:-1])) + end) == ("picture-truncated",)


def test_a_webp_whose_canvas_and_picture_differ_is_refused():
    data = saved(photograph(1), "WEBP", exif=exif())
    at = data.index(b"VP8X") + 12
    assert refusal_of(data[:at] + b"\x05\0\0" + data[at + 3 :]) == ("picture-damaged",)


def test_an_honest_header_over_endless_data_unpacks_no_further_than_the_header():
    rows = zlib.compress(b"\0" * 50_000_000, 9)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100, 100, 8, 0, 0, 0, 0))
    picture = read_picture(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    assert (picture.width, picture.height) == (100, 100)
    assert len(picture.data) < 2000


def test_thousands_of_empty_scans_are_refused():
    data = saved(photograph(1, 64, 64), progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert refusal_of(data[:-2] + scan * 200 + data[-2:]) == ("picture-damaged",)


def test_a_wrong_check_sum_is_refused():
    data = bytearray(saved(photograph(1), "PNG"))
    data[len(data) // 2] ^= 1
    assert refusal_of(bytes(data)) == ("picture-damaged",)


def test_a_packed_profile_that_unpacks_beyond_reason_is_ignored():
    bomb = chunk(b"iCCP", b"p\0\0" + zlib.compress(b"\0" * 30_000_000, 9))
    assert read_picture(png_with(bomb)).width == 120


def test_a_picture_of_noise_still_fits_the_limit_of_bytes():
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (400, 400, 3), dtype=np.uint8))
    data = saved(noise, "WEBP", lossless=True)
    limits = Limits(octets=len(data))
    picture = read_picture(data, limits)
    assert picture.kind == "jpeg"
    assert read_picture(picture.data, limits).width == 400


def test_at_most_two_pictures_are_decoded_at_once(monkeypatch):
    data = dirty_jpeg()
    inside, most, lock, slow = [0], [0], threading.Lock(), threading.Event()
    decode = pixels._pixels

    def watched(*given):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        slow.wait(0.05)
        try:
            return decode(*given)
        finally:
            with lock:
                inside[0] -= 1

    monkeypatch.setattr(pixels, "_pixels", watched)
    threads = [threading.Thread(target=read_picture, args=(data,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]


def test_the_new_file_has_nothing_but_what_draws_it():
    with Image.open(io.BytesIO(read_picture(dirty_jpeg()).data)) as image:
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not image.getexif()
