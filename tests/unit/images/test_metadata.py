from __future__ import annotations

import shutil
import subprocess
import zlib

import pytest

from consent.images.covering import Box, crop_and_cover
from consent.images.preview import preview
from consent.images.reading import read_picture
from tests.unit.images.pictures import CANARY_BYTES, dirty_jpeg, dirty_png, dirty_webp

DIRTY = {
    "jpeg": dirty_jpeg(),
    "turned jpeg": dirty_jpeg(6),
    "png": dirty_png(),
    "webp": dirty_webp(),
    "lossless webp": dirty_webp(lossless=True),
}
# What any part of the dirt would be known by: the name, the camera's blocks, the day.
TRACES = (
    *(CANARY_BYTES, b"Canarypatient", b"2024:05:17", b"Exif", b"EXIF", b"eXIf", b"xmpmeta", b"ns.adobe.com"),
    *(b"Photoshop", b"8BIM", b"ICC_PROFILE", b"iCCP", b"ICCP", b"MakersOwn", b"tEXt", b"zTXt", b"iTXt", b"tIME"),
    *(b"behind the end", zlib.compress(CANARY_BYTES)),
)


@pytest.mark.parametrize("dirt", DIRTY)
def test_the_dirt_is_there_before(dirt):
    assert CANARY_BYTES in DIRTY[dirt]
    assert sum(trace in DIRTY[dirt] for trace in TRACES) >= 5


@pytest.mark.parametrize("dirt", DIRTY)
def test_no_metadata_survives(dirt):
    clean = read_picture(DIRTY[dirt]).data
    for made in (clean, preview(DIRTY[dirt], 200), crop_and_cover(DIRTY[dirt], None, [Box(0, 0, 0.1, 0.1)])):
        assert [trace for trace in TRACES if trace in made] == []
    if clean.startswith(b"\xff\xd8"):
        assert clean.endswith(b"\xff\xd9")
        assert clean.count(b"\xff\xd8\xff") == 1  # no thumbnail within
    else:
        assert clean.endswith(b"IEND\xaeB\x60\x82")


@pytest.mark.parametrize("dirt", DIRTY)
def test_an_independent_reader_finds_nothing_either(dirt, tmp_path):
    reader = shutil.which("exiftool")
    if reader is None:
        return  # the bytes were searched above; this is a second opinion where one is at hand
    file = tmp_path / "clean"
    file.write_bytes(read_picture(DIRTY[dirt]).data)
    said = subprocess.run([reader, "-a", "-G1", "-s", str(file)], capture_output=True, text=True, check=True).stdout
    groups = {line.split("]")[0].lstrip("[") for line in said.splitlines()}
    assert groups <= {"ExifTool", "System", "File", "JFIF", "PNG", "Composite"}
    assert "Canary" not in said
