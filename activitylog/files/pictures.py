"""Pictures verified and drawn anew: upright, of sensible size, without what the camera wrote about itself."""

import contextlib
import ctypes
import io
import logging
import struct
import threading
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import BinaryIO

from PIL import Image, ImageOps

from activitylog.errors import FileTooLarge, UnusableFile
from activitylog.files.disk import blocks
from activitylog.files.kinds import Kind, kind_of
from activitylog.period import SHANGHAI

LARGEST_PICTURE = 20 * 1024 * 1024  # bytes
LARGEST_JPEG_PIXELS = 120_000_000  # read at a fraction of its size
LARGEST_PIXELS = {"PNG": 16_000_000, "WEBP": 16_000_000}  # four bytes of memory each, for every copy
LARGEST_OTHER_PIXELS = 25_000_000  # of what has to be unpacked whole, too, and phones make as large
MOST_SCANS = 40  # of a JPEG: more is work made to keep a decoder busy
LARGE, SMALL = 2048, 480  # longest side in pixels
NEARLY_LARGE = 2000  # near enough: half of what most phones take, 4032, costs a quarter to unpack
LARGE_QUALITY, SMALL_QUALITY = 82, 75
LARGEST_PROFILE = 8192  # bytes of a colour profile that goes along
FLAT = 12  # steps of grey between the darkest and brightest part of a picture that shows next to nothing

_FORMATS = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.WEBP: "WEBP", Kind.HEIC: "HEIF"}
_MMAP_THRESHOLD = -3  # of malloc.h
LARGE_BLOCK = 1024 * 1024  # bytes
_SCAN = b"\xff\xda"
_EXIF, _TAKEN, _OFFSET = 0x8769, 0x9003, 0x9011
_AS_JPEG = "请在手机相册里把它另存为 JPEG（iPhone：设置 → 相机 → 格式 → 兼容性最佳），或截图后再传。"

_log = logging.getLogger(__name__)


def _give_back_memory() -> None:
    """Have glibc return large blocks to the system when freed: each thread would keep some hundred MB."""
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, LARGE_BLOCK)


_one_at_a_time = threading.Lock()  # unpacked pictures are large: a process holds one
_give_back_memory()
Image.MAX_IMAGE_PIXELS = LARGEST_JPEG_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it will be kept, and what is known of the one that was sent."""

    large: bytes
    small: bytes
    width: int
    height: int
    taken_at: datetime | None
    original_sha256: str
    fingerprint: str | None


def read_picture(content: BinaryIO, name: str) -> Picture:
    """The picture in a seekable stream; UnusableFile names the file and says why it is refused."""
    kind = kind_of(content)
    _check_kind(kind, name)
    digest, scans = _looked_through(content, name)
    if kind is Kind.JPEG and scans > MOST_SCANS:
        raise UnusableFile(f"“{name}”的编码不寻常，不能使用；请用相机重新拍，或截图后再传。")
    try:
        with _one_at_a_time, Image.open(content, formats=(_FORMATS[kind],)) as image:
            _check_size(image, name)
            return _drawn(image, digest)
    except UnusableFile:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except Exception as error:  # a decoder given hostile bytes raises whatever it likes
        _log.info("a picture cannot be read: %s: %s", type(error).__name__, error)
        raise UnusableFile(f"“{name}”不完整或已损坏，打不开；请在相册里确认能看，再传一次。") from error


def _check_kind(kind: Kind, name: str) -> None:
    if kind is Kind.HEIC and not reads_heic():
        raise UnusableFile(f"“{name}”是一张 HEIC 照片，本系统没有装读它的组件。{_AS_JPEG}")
    if kind not in _FORMATS:
        raise UnusableFile(f"“{name}”是{kind}，不能当照片；请选手机拍的照片（JPEG、PNG、WebP 或 HEIC）。")


@cache
def reads_heic() -> bool:
    """Whether the extra `heif` is installed; from then on Pillow can use it."""
    try:
        import pillow_heif  # noqa: PLC0415  (an extra)
    except ImportError:
        return False
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    return True


def _looked_through(content: BinaryIO, name: str) -> tuple[str, int]:
    """The digest of the whole, and how many scans a JPEG in it would have; the stream back at its start."""
    digest, size, scans, last = sha256(), 0, 0, b""
    for block in blocks(content):
        digest.update(block)
        size += len(block)
        if size > LARGEST_PICTURE:
            raise FileTooLarge(f"“{name}”超过 {LARGEST_PICTURE // 1024**2} MB；请在相册里压缩或截图后再传。")
        scans += (last + block).count(_SCAN)
        last = block[-1:]
    content.seek(0)
    return digest.hexdigest(), scans


def _check_size(image: Image.Image, name: str) -> None:
    """From the header alone: nothing is unpacked yet."""
    if getattr(image, "is_animated", False) and image.format != "MPO":  # a phone's JPEG with a depth map
        raise UnusableFile(f"“{name}”是动图，不能当照片；请选一张静止的照片。")
    is_cheap = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    largest = LARGEST_PIXELS.get(image.format or "", LARGEST_OTHER_PIXELS)
    if image.width * image.height > (LARGEST_JPEG_PIXELS if is_cheap else largest):
        raise _too_many_pixels(name)


def _too_many_pixels(name: str) -> UnusableFile:
    return UnusableFile(f"“{name}”的像素太多，不能使用；请在相机设置里调低分辨率，或截图后再传。")


def _drawn(image: Image.Image, digest: str) -> Picture:
    taken_at = _taken_at(image)
    image.draft(
        "RGB", (NEARLY_LARGE, NEARLY_LARGE)
    )  # lets a JPEG unpack a half, a quarter or an eighth of its size
    profile = image.info.get("icc_profile") if image.mode == "RGB" else None
    image.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    upright = _on_white(ImageOps.exif_transpose(image))
    small = upright.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Picture(
        large=_as_jpeg(upright, LARGE_QUALITY, profile),
        small=_as_jpeg(small, SMALL_QUALITY, profile),
        width=upright.width,
        height=upright.height,
        taken_at=taken_at,
        original_sha256=digest,
        fingerprint=_fingerprint(small),
    )


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen_through = image.convert("RGBA")
    ground = Image.new("RGB", seen_through.size, "white")
    ground.paste(seen_through, mask=seen_through)
    return ground


def _as_jpeg(image: Image.Image, quality: int, profile: bytes | None) -> bytes:
    """Pixels and, where colours need it, their profile: nothing else of the original."""
    told = {"icc_profile": profile} if profile and len(profile) <= LARGEST_PROFILE else {}
    image.info.clear()
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True, **told)
    return written.getvalue()


def _taken_at(image: Image.Image) -> datetime | None:
    """When the camera says; a clock without a zone is one of Shanghai."""
    try:
        told = image.getexif().get_ifd(_EXIF)
        taken = datetime.strptime(str(told.get(_TAKEN)).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        return taken.replace(tzinfo=_zone(told.get(_OFFSET)) or SHANGHAI)
    except (ValueError, TypeError, KeyError, OSError, SyntaxError, OverflowError, struct.error):
        return None


def _zone(told: object) -> timezone | None:
    """`+08:00`; anything else is no zone."""
    try:
        offset = datetime.strptime(str(told).strip("\0 "), "%z").utcoffset()
    except ValueError:
        return None
    return None if offset is None or abs(offset) > timedelta(hours=14) else timezone(offset)


def _fingerprint(image: Image.Image) -> str | None:
    """64 bits that outlast scaling and saving anew; None of a picture that shows next to nothing."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    darkest, brightest = grey.getextrema()
    if brightest - darkest < FLAT:  # type: ignore[operator]
        return None
    rows = [grey.crop((0, y, 9, y + 1)).tobytes() for y in range(8)]
    bits = "".join("1" if left < right else "0" for row in rows for left, right in pairwise(row))
    return f"{int(bits, 2):016x}"
