from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from consent.images.covering import Box, crop_and_cover
from consent.images.preview import preview
from consent.images.reading import describe
from consent.rules.refusal import Refused
from tests.unit.images.pictures import photograph, pixels_of, saved


def test_covered_pixels_are_black_and_the_rest_is_untouched():
    image = photograph(1, 200, 100)
    made = crop_and_cover(saved(image, "PNG"), None, [Box(0.1, 0.2, 0.5, 0.6)])
    shown = pixels_of(made)
    assert (shown[20:60, 20:100] == 0).all()
    shown[20:60, 20:100] = np.asarray(image)[20:60, 20:100]
    assert (shown == np.asarray(image)).all()


@pytest.mark.parametrize(("form", "options"), [("JPEG", {"quality": 50}), ("JPEG", {"quality": 90}), ("PNG", {})])
def test_nothing_of_what_was_covered_is_left(form, options):
    # The same picture with and without a name on it is the same file once the name is covered.
    bare = Image.new("RGB", (400, 300), (180, 140, 120))
    named = bare.copy()
    ImageDraw.Draw(named).text((155, 120), "Zebulon 1961-03-04", fill="black")
    box = Box(0.375, 0.36, 0.75, 0.48)
    assert saved(bare, form, **options) != saved(named, form, **options)
    with_name = crop_and_cover(saved(named, form, **options), None, [box])
    assert with_name == crop_and_cover(saved(bare, form, **options), None, [box])


def test_boxes_grow_outward_and_crops_shrink_inward():
    image = Image.new("L", (100, 100), 255)
    shown = pixels_of(crop_and_cover(saved(image, "PNG"), None, [Box(0.101, 0.101, 0.199, 0.199)]))
    assert (shown[10:20, 10:20] == 0).all()
    assert (shown == 0).sum() == 10 * 10 * 3
    made = describe(crop_and_cover(saved(image, "PNG"), Box(0.101, 0.101, 0.899, 0.999), []))
    assert (made.width, made.height) == (78, 88)


def test_boxes_are_measured_on_the_uncropped_picture():
    image = Image.new("RGB", (200, 200), "white")
    shown = pixels_of(crop_and_cover(saved(image, "PNG"), Box(0.5, 0.5, 1, 1), [Box(0.5, 0.5, 0.6, 0.6)]))
    assert shown.shape[:2] == (100, 100)
    assert (shown[:20, :20] == 0).all()
    assert (shown[20:, 20:] == 255).all()


@pytest.mark.parametrize(
    ("crop", "boxes", "code", "number"),
    [
        (None, [Box(0, 0, 1, math.nan)], "box-not-a-number", 1),
        (None, [Box(0, 0, math.inf, 1)], "box-not-a-number", 1),
        (None, [Box(0, 0, 1, 1), Box(0.5, 0, 0.5, 1)], "box-empty", 2),
        (None, [Box(0.6, 0, 0.5, 1)], "box-empty", 1),
        (None, [Box(-0.01, 0, 0.5, 1)], "box-outside-picture", 1),
        (None, [Box(0, 0, 0.5, 1.01)], "box-outside-picture", 1),
        (Box(0, 0, 2, 1), [], "box-outside-picture", 0),
        (Box(0, 0, 0.01, 1), [], "crop-too-small", 0),
    ],
)
def test_boxes_that_make_no_sense_are_refused(crop, boxes, code, number):
    with pytest.raises(Refused) as refused:
        crop_and_cover(saved(photograph(1)), crop, boxes)
    assert refused.value.codes == (code,)
    assert refused.value.reasons[0].facts["box"] == number


def test_endless_boxes_are_refused():
    with pytest.raises(Refused, match="boxes-too-many"):
        crop_and_cover(saved(photograph(1)), None, [Box(0, 0, 1, 1)] * 201)


@pytest.mark.parametrize(("form", "mode"), [("JPEG", "RGB"), ("PNG", "L"), ("PNG", "RGBA"), ("WEBP", "RGB")])
def test_previews_are_small_jpegs_and_never_larger_than_the_picture(form, mode):
    image = photograph(1).convert(mode)
    small = describe(preview(saved(image, form), 320))
    assert (small.kind, small.width, small.height) == ("jpeg", 320, 240)
    assert describe(preview(saved(image, form), 4000)).width == 640
