"""Made-up pictures and files for the tests: no patient, no photograph."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

CANARY = "Zebulon Q. Canarypatient"
CANARY_BYTES = CANARY.encode()


def photograph(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """Blurred colours, shapes and a little noise: as busy as a photograph."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (7, 9, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        r = int(random.integers(width // 30, width // 6))
        colour = tuple(int(c) for c in random.integers(0, 256, 3))
        (pen.ellipse if random.random() < 0.5 else pen.rectangle)((x - r, y - r // 2, x + r, y + r // 2), colour)
    noise = random.normal(0, 4, (height, width, 3))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def xray(seed: int, width: int = 480, height: int = 600) -> Image.Image:
    """A grey chest of two dark lungs, bright ribs and a spine: all of them alike, each a little different."""
    random = np.random.default_rng(1000 + seed)
    image = Image.new("L", (width, height), 30)
    pen = ImageDraw.Draw(image)

    def about(value: float, part: float = 0.09) -> float:
        return value * (1 + float(random.uniform(-part, part)))

    pen.ellipse((about(0.1) * width, about(0.08) * height, about(0.9) * width, about(1.0) * height), 120)
    for side in (0.3, 0.7):
        x, y = about(side) * width, about(0.45) * height
        pen.ellipse((x - about(60), y - about(140), x + about(60), y + about(140)), int(about(60)))
    spine = about(0.47) * width
    pen.rectangle((spine, 0, spine + about(30), height), 190)
    gap, tilt = about(44, 0.3), about(18, 0.5)
    for rib in range(9):
        y = 90 + rib * gap
        pen.arc((about(0.12) * width, y, 0.5 * width, y + 90 + tilt), 180, 330, 170, width=int(about(9, 0.4)))
        pen.arc((0.5 * width, y, about(0.88) * width, y + 90 + tilt), 210, 360, 170, width=int(about(9, 0.4)))
    for _ in range(int(random.integers(1, 5))):  # what the doctor looks for
        x, y, r = random.integers(100, 380), random.integers(120, 480), random.integers(8, 30)
        pen.ellipse((int(x - r), int(y - r), int(x + r), int(y + r)), int(random.integers(90, 230)))
    image = image.filter(ImageFilter.GaussianBlur(3))
    noise = random.normal(0, 5, (height, width))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def saved(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format=form, **options)
    return out.getvalue()


def pixels_of(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def exif(orientation: int | None = None) -> bytes:
    """An EXIF block with the canary as artist, description and comment, and a place on earth."""
    tags = Image.Exif()
    if orientation is not None:
        tags[0x0112] = orientation
    tags[0x010E] = CANARY  # ImageDescription
    tags[0x013B] = CANARY  # Artist
    tags.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + CANARY_BYTES  # UserComment
    tags.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.46), 3: "W", 4: (0.0, 7.0, 39.9), 29: "2024:05:17"})
    return tags.tobytes()


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>' + CANARY_BYTES + b"</dc:creator></x:xmpmeta>"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def dirty_jpeg(orientation: int | None = None) -> bytes:
    """A JPEG with the canary in every corner: EXIF, GPS, thumbnail, XMP, IPTC, profile, comment and trailer."""
    plain = saved(photograph(3), quality=90, icc_profile=profile_naming(CANARY))
    thumbnail = saved(photograph(3, 64, 48), quality=60, comment=CANARY_BYTES)
    iptc_record = b"\x1c\x02\x50" + struct.pack(">H", len(CANARY_BYTES)) + CANARY_BYTES
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc_record)) + iptc_record + b"\0"
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xE1, b"Exif\0\0" + exif(orientation).removeprefix(b"Exif\0\0") + thumbnail),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
            segment(0xED, iptc),
            segment(0xE5, b"MakersOwn" + CANARY_BYTES),
            segment(0xFE, CANARY_BYTES),
            plain[2:],
            b"behind the end: " + CANARY_BYTES,
        ]
    )


def profile_naming(name: str) -> bytes:
    """A real sRGB profile whose description is `name`."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    text = name.encode() + b"\0"
    body = b"text\0\0\0\0" + text
    at = len(profile)
    profile += body + b"\0" * (-len(body) % 4)
    for tag in range(struct.unpack_from(">I", profile, 128)[0]):
        entry = 132 + 12 * tag
        if profile[entry : entry + 4] == b"cprt":
            struct.pack_into(">II", profile, entry + 4, at, len(body))
    struct.pack_into(">I", profile, 0, len(profile))
    return bytes(profile)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(extra: bytes, data: bytes | None = None) -> bytes:
    """A PNG with more chunks right after its header."""
    data = data or saved(photograph(4, 120, 80), "PNG")
    return data[:33] + extra + data[33:]


def dirty_png() -> bytes:
    return (
        png_with(
            chunk(b"tEXt", b"Author\0" + CANARY_BYTES)
            + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(CANARY_BYTES))
            + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
            + chunk(b"eXIf", exif().removeprefix(b"Exif\0\0"))
            + chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile_naming(CANARY)))
            + chunk(b"tIME", bytes([7, 232, 5, 17, 1, 2, 3]))
        )
        + CANARY_BYTES
    )


def dirty_webp(lossless: bool = False) -> bytes:
    data = saved(photograph(5), "WEBP", lossless=lossless, exif=exif(), xmp=XMP, icc_profile=profile_naming(CANARY))
    return data + CANARY_BYTES


def empty_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims any size."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def with_jpeg_size(data: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its header."""
    at = next(i for m in (b"\xff\xc0", b"\xff\xc2") if (i := data.find(m)) > 0)
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]
