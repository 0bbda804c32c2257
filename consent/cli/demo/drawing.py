"""Drawn illustrations for the demo hospital: no photograph, nobody's picture. Each call draws the same."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1200, 900)
Colour = tuple[int, int, int]
Point = tuple[float, float]

# Base, tip and thickness of each finger of an open left hand, seen from its back.
FINGERS: tuple[tuple[Point, Point, int], ...] = (
    ((500, 520), (390, 190), 84),
    ((575, 490), (545, 110), 90),
    ((655, 490), (690, 105), 90),
    ((735, 520), (835, 180), 80),
)
THUMB: tuple[Point, Point, int] = ((480, 690), (245, 480), 92)


def healed_hand(skin: Colour = (214, 158, 122), ground: Colour = (205, 226, 222)) -> bytes:
    """Draw an open hand with the pale trace of a healed burn on its back."""
    picture = Image.new("RGB", SIZE, ground)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((760, -260, 1500, 480), fill=_mix(ground, (255, 255, 255), 0.45))
    draw.rectangle((0, 800, *SIZE), fill=_mix(ground, (30, 60, 70), 0.25))
    edge = _mix(skin, (70, 30, 20), 0.35)
    for grow, colour in ((14, edge), (0, skin)):
        for base, tip, width in (*FINGERS, THUMB):
            _rounded(draw, base, tip, width + grow, colour)
        draw.rounded_rectangle((450 - grow / 2, 440, 790 + grow / 2, 790), radius=110, fill=colour)
        draw.rounded_rectangle((510 - grow / 2, 700, 735 + grow / 2, 930), radius=50, fill=colour)
    for _, tip, width in FINGERS:
        _nail(draw, tip, width, _mix(skin, (255, 235, 230), 0.55))
    scar = _mix(skin, (250, 205, 190), 0.6)
    for step in range(9):
        across = 560 + step * 16
        down = 560 + 46 * math.sin(step * 0.9)
        draw.ellipse((across - 34, down - 22, across + 34, down + 30), fill=scar)
    draw.line([(545 + 19 * n, 570 + 14 * math.sin(n)) for n in range(10)], fill=_mix(scar, skin, 0.5), width=4)
    return _saved(picture.filter(ImageFilter.SMOOTH_MORE))


def x_ray(bend: float = 0.0) -> bytes:
    """Draw glowing finger, hand and forearm bones on a dark ground, as an X-ray might look. `bend`: in pixels."""
    glow = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(glow)
    for base, tip, width in (*FINGERS, THUMB):
        leaning = (tip[0] + bend, tip[1])
        _rounded(draw, base, leaning, width, 70)
        for first, second in ((0.02, 0.40), (0.47, 0.72), (0.79, 0.95)):
            _rounded(draw, _along(base, leaning, first), _along(base, leaning, second), round(width * 0.36), 215)
    draw.rounded_rectangle((455, 450, 785, 770), radius=100, fill=70)
    for left in (490, 570, 650, 730):
        _rounded(draw, (left + 5, 505), (left * 0.55 + 275, 670), 32, 205)
    for number in range(8):
        across, down = 540 + (number % 4) * 52, 700 + (number // 4) * 44
        draw.ellipse((across - 25, down - 22, across + 25, down + 22), fill=220)
    for left, width in ((560, 62), (662, 46)):
        draw.rounded_rectangle((left, 780, left + width, 930), radius=22, fill=210)
    soft = Image.blend(glow.filter(ImageFilter.GaussianBlur(3)), glow.filter(ImageFilter.GaussianBlur(22)), 0.4)
    dark, bright = Image.new("RGB", SIZE, (8, 16, 28)), Image.new("RGB", SIZE, (214, 232, 246))
    return _saved(Image.composite(bright, dark, soft))


def cells(tint: Colour = (233, 196, 214)) -> bytes:
    """Draw rows of round cells with dark cores, as under a microscope."""
    picture = Image.new("RGB", SIZE, _mix(tint, (255, 255, 255), 0.55))
    draw = ImageDraw.Draw(picture)
    for row in range(9):
        for column in range(12):
            across = 55 + column * 104 + (row % 2) * 50 + 9 * math.sin(row * 3 + column)
            down = 50 + row * 103 + 11 * math.cos(column * 2 + row)
            size = 46 + 6 * math.sin(row + column * 1.7)
            draw.ellipse((across - size, down - size, across + size, down + size), fill=tint, outline=(186, 120, 156))
            core = size * 0.36
            middle = across + 10 * math.sin(column + row * 2)
            draw.ellipse((middle - core, down - core, middle + core, down + core), fill=(112, 60, 120))
    return _saved(picture.filter(ImageFilter.GaussianBlur(1.2)))


def plaster(ground: Colour = (246, 226, 196)) -> bytes:
    """Draw a plaster cast with painted flowers, resting on a cushion."""
    picture = Image.new("RGB", SIZE, ground)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((110, 560, 1090, 840), radius=120, fill=(120, 150, 178))
    draw.rounded_rectangle((140, 585, 1060, 800), radius=100, fill=(140, 170, 196))
    _rounded(draw, (280, 560), (820, 420), 232, (214, 214, 208))
    _rounded(draw, (280, 556), (820, 416), 220, (250, 250, 246))
    for base, tip, width in (
        ((860, 380), (1010, 300), 58),
        ((880, 420), (1050, 380), 62),
        ((870, 460), (1030, 450), 58),
    ):
        _rounded(draw, base, tip, width, (196, 140, 108))
    for across, down, petal in ((400, 520, (226, 92, 96)), (560, 500, (246, 178, 60)), (700, 440, (108, 132, 200))):
        for number in range(6):
            turn = number * math.pi / 3
            x, y = across + 34 * math.cos(turn), down + 34 * math.sin(turn)
            draw.ellipse((x - 22, y - 22, x + 22, y + 22), fill=petal)
        draw.ellipse((across - 16, down - 16, across + 16, down + 16), fill=(90, 70, 50))
    return _saved(picture.filter(ImageFilter.SMOOTH_MORE))


def _rounded(draw: ImageDraw.ImageDraw, start: Point, end: Point, width: int, fill: Colour | int) -> None:
    """Draw a thick line with round ends."""
    draw.line((*start, *end), fill=fill, width=width)
    half = width / 2
    for across, down in (start, end):
        draw.ellipse((across - half, down - half, across + half, down + half), fill=fill)


def _nail(draw: ImageDraw.ImageDraw, tip: Point, width: int, fill: Colour) -> None:
    half = width * 0.26
    draw.rounded_rectangle(
        (tip[0] - half, tip[1] - half * 1.2, tip[0] + half, tip[1] + half), radius=half * 0.8, fill=fill
    )


def _along(start: Point, end: Point, part: float) -> Point:
    return (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)


def _mix(one: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def _saved(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=90)
    return target.getvalue()
