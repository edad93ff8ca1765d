"""Scales a picture and turns it upright, band by band so that little of it is in memory at once."""

import io
import math
from collections.abc import Callable
from itertools import pairwise

from PIL import Image, ImageOps

LARGEST_PROFILE = 8192  # bytes of a colour profile that is copied
FLAT = 12  # steps of grey between the darkest and brightest part of a picture with almost no contrast
BAND = 64  # rows drawn at once
REACH = 3  # rows of the scaled picture that LANCZOS reads on each side
_ORIENTATION = 0x0112

Rows = Callable[[int, int], Image.Image]  # the original's rows from one up to another


def scaled(rows: Rows, size: tuple[int, int], longest: int) -> Image.Image:
    """The picture of that size on white, its longest side at most so many pixels."""
    width, height = size
    step = max(1.0, max(size) / longest)
    drawn = Image.new("RGB", (max(1, round(width / step)), max(1, round(height / step))))
    step = height / drawn.height
    for top in range(0, drawn.height, BAND):
        bottom = min(top + BAND, drawn.height)
        first = max(0, math.floor((top - REACH) * step))
        last = min(height, math.ceil((bottom + REACH) * step))
        band = _on_white(rows(first, last))
        box = (0, top * step - first, width, bottom * step - first)
        drawn.paste(band.resize((drawn.width, bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return drawn


def upright(drawn: Image.Image, original: Image.Image) -> Image.Image:
    """The picture turned as the original's EXIF orientation says."""
    drawn.getexif()[_ORIENTATION] = original.getexif().get(_ORIENTATION, 1)
    ImageOps.exif_transpose(drawn, in_place=True)
    return drawn


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    transparent = image.convert("RGBA")
    ground = Image.new("RGB", transparent.size, "white")
    ground.paste(transparent, mask=transparent)
    return ground


def as_jpeg(image: Image.Image, quality: int, profile: bytes | None) -> bytes:
    """The picture as JPEG with its colour profile, without any other metadata."""
    profile_option = {"icc_profile": profile} if profile and len(profile) <= LARGEST_PROFILE else {}
    image.info.clear()
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True, **profile_option)
    return written.getvalue()


def fingerprint(image: Image.Image) -> str | None:
    """A perceptual hash of 64 bits, as hex digits; None of a picture with almost no contrast."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    darkest, brightest = grey.getextrema()
    if brightest - darkest < FLAT:  # type: ignore[operator]
        return None
    rows = [grey.crop((0, y, 9, y + 1)).tobytes() for y in range(8)]
    bits = "".join("1" if left < right else "0" for row in rows for left, right in pairwise(row))
    return f"{int(bits, 2):016x}"
