import io
import re
import struct
import subprocess
import sys
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from activitylog.core.period import SHANGHAI
from activitylog.errors import FileTooLarge, UnusableFile
from activitylog.files import pictures
from activitylog.files.pictures import LARGE, LARGEST_PICTURE, SMALL, Picture, read_picture
from tests.factories.files import (
    EXIF,
    GPS,
    PDF,
    TAKEN,
    encoded,
    make_archive,
    make_image,
    make_photo,
    make_word,
)

STATUS = Path("/proc/self/status")


def read(content: bytes, name: str = "现场.jpg") -> Picture:
    return read_picture(io.BytesIO(content), name)


def shown(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def png_claiming(width: int, height: int) -> bytes:
    """A header that promises more than any memory holds."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_a_photo_is_drawn_anew_in_two_sizes_without_metadata() -> None:
    sent = make_photo(3000, 2000, taken=datetime(2024, 6, 10, 9, 30, tzinfo=SHANGHAI)) + b"SEFH of a phone"
    picture = read(sent)
    large, small = shown(picture.large), shown(picture.small)
    assert (large.size, small.size) == ((LARGE, 1365), (SMALL, 320))
    assert (picture.width, picture.height) == large.size
    for each in (large, small):
        assert each.format == "JPEG"
        assert not each.getexif()
        assert "exif" not in each.info
    assert b"SEFH" not in picture.large + picture.small


@pytest.mark.parametrize("also", [b"<SCRIPT>alert(1)</SCRIPT>", PDF, b"<?php echo 1;", make_word()])
@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_photo_that_is_something_else_as_well_is_refused(also: bytes, format_: str) -> None:
    with pytest.raises(UnusableFile, match="藏着网页、文档或压缩包"):
        read(encoded(make_image(30, 20), format_) + bytes(64 * 1024 - 3) + also)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int) -> None:
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("red", (0, 0, 20, 40))
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what undoes what the camera did
    stored = upright.transpose(Image.Transpose(turned[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    large = shown(read(encoded(stored, "JPEG", quality=95, exif=exif.tobytes())).large)
    assert large.size == (60, 40)
    assert large.getpixel((5, 20))[1] < 90 < large.getpixel((50, 20))[1]


@pytest.mark.parametrize(
    ("exif_values", "taken_at"),
    [
        ({TAKEN: "2024:06:10 09:30:00"}, datetime(2024, 6, 10, 1, 30, tzinfo=UTC)),
        ({TAKEN: "2024:06:10 09:30:00\0", 0x9011: "+09:00"}, datetime(2024, 6, 10, 0, 30, tzinfo=UTC)),
        ({TAKEN: "2024:06:10 09:30:00", 0x9011: "nonsense"}, datetime(2024, 6, 10, 1, 30, tzinfo=UTC)),
        ({TAKEN: "0000:00:00 00:00:00"}, None),
        ({}, None),
    ],
)
def test_the_time_of_capture_is_read_before_it_is_stripped(
    exif_values: dict[int, str], taken_at: datetime | None
) -> None:
    exif = Image.Exif()
    exif[EXIF], exif[GPS] = exif_values, {1: "N"}
    assert read(encoded(make_image(), "JPEG", exif=exif.tobytes())).taken_at == taken_at


def test_transparency_is_seen_on_white() -> None:
    drawn = shown(read(encoded(Image.new("RGBA", (50, 50), (255, 0, 0, 0)), "PNG"), "图.png").large)
    assert min(drawn.getpixel((25, 25))) > 250


@pytest.mark.parametrize("form", ["PNG", "WEBP", "HEIF"])
def test_what_phones_also_save_is_taken(form: str) -> None:
    if form == "HEIF":
        pytest.importorskip("pillow_heif")
        assert pictures.is_heic_supported()
    assert shown(read(encoded(make_image(800, 600), form)).large).size == (800, 600)


def test_heic_without_its_extra_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "is_heic_supported", lambda: False)
    with pytest.raises(UnusableFile, match=r"HEIC.*兼容性最佳"):
        read(b"\0\0\0\x18ftypheic" + bytes(100))


def test_a_picture_saved_anew_keeps_its_fingerprint_and_another_has_its_own() -> None:
    first = read(make_photo(1600, 1200, seed=1)).fingerprint
    again = read(encoded(make_image(1600, 1200, seed=1).resize((700, 525)), "WEBP", quality=60)).fingerprint
    other = read(make_photo(1600, 1200, seed=2)).fingerprint
    assert first is not None
    assert again is not None
    assert other is not None
    assert (int(first, 16) ^ int(again, 16)).bit_count() <= 2
    assert (int(first, 16) ^ int(other, 16)).bit_count() > 10
    assert read(encoded(Image.new("RGB", (400, 300), "grey"), "JPEG")).fingerprint is None


def _animated(form: str) -> bytes:
    frames = [make_image(seed=seed) for seed in range(3)]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (make_photo()[:20_000], "不完整或已损坏"),
        (make_photo()[:3], "不完整或已损坏"),
        (png_claiming(50_000, 50_000), "像素太多"),
        (png_claiming(2**31 - 1, 2**31 - 1), "像素太多|损坏"),
        (encoded(Image.new("1", (16_000, 16_000)), "PNG"), "像素太多"),
        (make_photo().replace(b"\xff\xda", b"\xff\xda" * 60, 1), "编码不寻常"),
        (_animated("GIF"), "GIF 动图"),
        (_animated("WEBP"), "动图"),
        (_animated("PNG"), "动图"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "网页或 SVG"),
        (b"\xef\xbb\xbf <!doctype html><img>", "网页或 SVG"),
        (PDF, "PDF 文档"),
        (make_archive({"a.jpg": b"x"}), "压缩包"),
        (b"MZ\x90", "别的文件"),
        (b"", "空文件"),
    ],
    ids=range(15),
)
def test_what_is_no_photo_is_refused_at_once_and_by_name(content: bytes, said: str) -> None:
    began = time.monotonic()
    with pytest.raises(UnusableFile, match=f"“现场.jpg”.*({said})"):
        read(content)
    assert time.monotonic() - began < 1


def test_a_file_too_large_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(FileTooLarge, match="20 MB"):
        read(make_photo() + bytes(LARGEST_PICTURE))


def test_a_panorama_is_drawn_whole() -> None:
    drawn = shown(read(make_photo(9000, 600, seed=3)).large)
    sent = shown(make_photo(9000, 600, seed=3)).resize(drawn.size)
    assert drawn.size == (LARGE, round(600 * LARGE / 9000))
    for x in (0, 500, 1000, 1500, LARGE - 1):
        assert all(
            abs(a - b) < 30 for a, b in zip(drawn.getpixel((x, 70)), sent.getpixel((x, 70)), strict=True)
        )  # type: ignore[arg-type]


def test_a_jpeg_whose_decoder_must_keep_it_all_may_be_less_large(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, progressive = make_photo(), encoded(make_image(), "JPEG", progressive=True)
    first_scan = plain.index(b"\xff\xda") + 4
    colour_by_colour = plain[:first_scan] + b"\1" + plain[first_scan + 1 :]
    read(progressive)
    monkeypatch.setattr(pictures, "LARGEST_COEFFICIENTS", 640 * 480)
    read(plain)
    for sent in (progressive, colour_by_colour):
        with pytest.raises(UnusableFile, match="像素太多"):
            read(sent)


@pytest.mark.skipif(not STATUS.exists(), reason="tells a process's largest size on Linux only")
def test_a_picture_is_unpacked_in_little_memory(tmp_path: Path) -> None:
    side = 4000  # 64 MB unpacked
    sent = tmp_path / "large.png"
    sent.write_bytes(encoded(Image.new("RGBA", (side, side), (200, 0, 0, 90)), "PNG", compress_level=1))
    program = (
        "import sys\n"
        "from activitylog.files.pictures import read_picture\n"
        f"print(open('{STATUS}').read())\n"
        "with open(sys.argv[1], 'rb') as content:\n"
        "    read_picture(content, 'x')\n"
        f"print(open('{STATUS}').read())\n"
    )
    run = subprocess.run([sys.executable, "-c", program, sent], capture_output=True, text=True, check=True)
    before, after = re.findall(r"VmHWM:\s+(\d+) kB", run.stdout)
    assert int(after) - int(before) < 100 * 1024


def with_claimed_size(photo: bytes, width: int, height: int) -> bytes:
    """The photo with another size in its header."""
    frame = photo.index(b"\xff\xc0") + 5
    return photo[:frame] + struct.pack(">HH", height, width) + photo[frame + 4 :]


@pytest.mark.parametrize("size", [(10_000, 10_000), (640, 960), (1280, 480)])
def test_a_photo_whose_header_claims_more_than_is_there_is_damaged(size: tuple[int, int]) -> None:
    photo = make_photo()
    assert read_picture(io.BytesIO(photo + b"what some phones put behind"), "好的.jpg").width == 640
    with pytest.raises(UnusableFile, match="不完整或已损坏"):
        read_picture(io.BytesIO(with_claimed_size(photo, *size)), "坏的.jpg")
