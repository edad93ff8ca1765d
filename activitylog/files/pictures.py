"""Verifies a picture and draws it anew band by band: upright, scaled, without EXIF and GPS."""

import contextlib
import ctypes
import io
import logging
import math
import struct
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import BinaryIO, cast
from zipfile import is_zipfile

from PIL import Image, ImageOps

from activitylog.core.period import SHANGHAI
from activitylog.errors import FileTooLarge, UnusableFile
from activitylog.files.rules import (
    FileType,
    WithoutEnd,
    coefficient_bytes,
    file_type_of,
    is_single_scan,
)
from activitylog.files.store import blocks

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


LARGEST_PICTURE = 20 * 1024 * 1024  # bytes
# Pictures decoded as a whole take about 100 MB at these sizes; a server shall need 300 MB at most.
LARGEST_PIXELS = {"PNG": 16_000_000, "WEBP": 6_000_000, "HEIF": 25_000_000}
LARGEST_JPEG_PIXELS = 120_000_000  # read at a fraction of its size
LARGEST_COEFFICIENTS = 80_000_000  # bytes that a JPEG's decoder holds to combine several scans
MOST_SCANS = 40  # of a JPEG: more is an attack on the decoder
LARGE, SMALL = 2048, 480  # longest side in pixels
NEARLY_LARGE = 2000  # half of most phones' 4032 pixels, which costs a quarter to decode
LARGE_QUALITY, SMALL_QUALITY = 82, 75

_FORMATS = {FileType.JPEG: "JPEG", FileType.PNG: "PNG", FileType.WEBP: "WEBP", FileType.HEIC: "HEIF"}
_MMAP_THRESHOLD = -3  # of malloc.h
LARGE_BLOCK = 1024 * 1024  # bytes
_UNLOCKED = nullcontext()
_SCAN = b"\xff\xda"
_FOREIGN_CONTENT = (
    b"<script",
    b"<html",
    b"<!doctype",
    b"<?php",
    b"%pdf-",
)  # signs of a page or document hidden in a photo
_LONGEST = max(map(len, _FOREIGN_CONTENT))
_EXIF, _TAKEN, _OFFSET = 0x8769, 0x9003, 0x9011
_AS_JPEG = "请在手机相册里把它另存为 JPEG（iPhone：设置 → 相机 → 格式 → 兼容性最佳），或截图后再传。"

_log = logging.getLogger(__name__)


def return_large_blocks() -> None:
    """Have glibc return large blocks when freed; else each thread would keep some hundred MB."""
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, LARGE_BLOCK)


@cache
def _configure_imaging() -> None:
    """Set, once in a process, Pillow's pixel limit and when memory is returned."""
    return_large_blocks()
    Image.MAX_IMAGE_PIXELS = LARGEST_JPEG_PIXELS
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it will be stored, with time, digest and fingerprint of the original."""

    large: bytes
    small: bytes
    width: int
    height: int
    taken_at: datetime | None
    original_sha256: str
    fingerprint: str | None


def read_picture(
    content: BinaryIO, name: str, decoding_lock: AbstractContextManager[None] = _UNLOCKED
) -> Picture:
    """Read a picture from a seekable stream, decoding under the lock; raises UnusableFile with the reason."""
    _configure_imaging()
    file_type = file_type_of(content)
    _check_type(file_type, name)
    digest, scans = _digest_and_scans(content, name)
    if file_type is FileType.JPEG and scans > MOST_SCANS:
        raise UnusableFile(f"“{name}”的编码不寻常，不能使用；请用相机重新拍，或截图后再传。")
    is_single_scan_jpeg = file_type is not FileType.JPEG or is_single_scan(content)
    try:
        is_jpeg = file_type is FileType.JPEG
        stream = cast(BinaryIO, WithoutEnd(content)) if is_jpeg and is_single_scan_jpeg else content
        with Image.open(stream, formats=(_FORMATS[file_type],)) as image:
            _check_size(image, name, is_single_scan_jpeg=is_single_scan_jpeg)
            with decoding_lock:
                return _draw(image, digest)
    except UnusableFile:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except Exception as error:  # decoders raise anything on hostile input
        _log.info("a picture cannot be read: %s: %s", type(error).__name__, error)
        raise UnusableFile(f"“{name}”不完整或已损坏，打不开；请在相册里确认能看，再传一次。") from error


def _check_type(file_type: FileType, name: str) -> None:
    if file_type is FileType.HEIC and not is_heic_supported():
        raise UnusableFile(f"“{name}”是一张 HEIC 照片，本系统没有装读它的组件。{_AS_JPEG}")
    if file_type not in _FORMATS:
        raise UnusableFile(
            f"“{name}”是{file_type}，不能当照片；请选手机拍的照片（JPEG、PNG、WebP 或 HEIC）。"
        )


@cache
def is_heic_supported() -> bool:
    """Whether the extra `heif` is installed; from then on Pillow can use it."""
    try:
        import pillow_heif  # noqa: PLC0415  (an extra)
    except ImportError:
        return False
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    return True


def _digest_and_scans(content: BinaryIO, name: str) -> tuple[str, int]:
    """The SHA-256 of the file and the number of its JPEG scans; the stream is left at its start."""
    digest, size, scans, last, has_foreign_content = sha256(), 0, 0, b"", False
    for block in blocks(content):
        digest.update(block)
        size += len(block)
        if size > LARGEST_PICTURE:
            raise FileTooLarge(f"“{name}”超过 {LARGEST_PICTURE // 1024**2} MB；请在相册里压缩或截图后再传。")
        scans += (last[-1:] + block).count(_SCAN)
        lowered = (last + block).lower()
        has_foreign_content = has_foreign_content or any(each in lowered for each in _FOREIGN_CONTENT)
        last = block[1 - _LONGEST :]
    if has_foreign_content or is_zipfile(content):
        raise UnusableFile(f"“{name}”里还藏着网页、文档或压缩包，不能当照片；请用相机重新拍，或截图后再传。")
    content.seek(0)
    return digest.hexdigest(), scans


def _check_size(image: Image.Image, name: str, *, is_single_scan_jpeg: bool) -> None:
    """Check the size by the header alone, before anything is decoded."""
    if getattr(image, "is_animated", False) and image.format != "MPO":  # a phone's JPEG with a depth map
        raise UnusableFile(f"“{name}”是动图，不能当照片；请选一张静止的照片。")
    is_too_large = image.width * image.height > LARGEST_PIXELS.get(image.format or "", LARGEST_JPEG_PIXELS)
    if is_too_large or (not is_single_scan_jpeg and coefficient_bytes(image) > LARGEST_COEFFICIENTS):
        raise _too_many_pixels(name)


def _too_many_pixels(name: str) -> UnusableFile:
    return UnusableFile(f"“{name}”的像素太多，不能使用；请在相机设置里调低分辨率，或截图后再传。")


def _draw(image: Image.Image, digest: str) -> Picture:
    taken_at = _taken_at(image)
    # Lets a JPEG unpack a half, a quarter or an eighth of its size, also a panorama.
    longest = max(image.size)
    image.draft(
        "RGB", (NEARLY_LARGE * image.width // longest or 1, NEARLY_LARGE * image.height // longest or 1)
    )
    profile = image.info.get("icc_profile") if image.mode == "RGB" else None
    large = upright(_large(image), image)
    image.close()  # frees its memory before the next allocation
    small = scaled(lambda first, last: large.crop((0, first, large.width, last)), large.size, SMALL)
    return Picture(
        large=as_jpeg(large, LARGE_QUALITY, profile),
        small=as_jpeg(small, SMALL_QUALITY, profile),
        width=large.width,
        height=large.height,
        taken_at=taken_at,
        original_sha256=digest,
        fingerprint=fingerprint(small),
    )


def _large(image: Image.Image) -> Image.Image:
    """The large picture; a HEIC is read directly from its decoder, without a copy of the whole."""
    if image.format != "HEIF":
        image.load()
        return scaled(lambda first, last: image.crop((0, first, image.width, last)), image.size, LARGE)
    whole = image._heif_file  # type: ignore[attr-defined]
    mode, stride, pixels = whole.mode, whole.stride, whole.data

    def rows(first: int, last: int) -> Image.Image:
        band = pixels[first * stride : last * stride]
        return Image.frombytes(mode, (whole.size[0], last - first), band, "raw", mode, stride)

    return scaled(rows, whole.size, LARGE)


def _taken_at(image: Image.Image) -> datetime | None:
    """The time in EXIF; without a zone it is Shanghai's."""
    try:
        exif_value = image.getexif().get_ifd(_EXIF)
        taken = datetime.strptime(str(exif_value.get(_TAKEN)).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        return taken.replace(tzinfo=_zone(exif_value.get(_OFFSET)) or SHANGHAI)
    except (ValueError, TypeError, KeyError, OSError, SyntaxError, OverflowError, struct.error):
        return None


def _zone(exif_value: object) -> timezone | None:
    """The zone of `+08:00`; None for anything else."""
    try:
        offset = datetime.strptime(str(exif_value).strip("\0 "), "%z").utcoffset()
    except ValueError:
        return None
    return None if offset is None or abs(offset) > timedelta(hours=14) else timezone(offset)
