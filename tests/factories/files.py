"""Pictures and documents, valid and harmful."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from random import Random

from PIL import Image

EXIF, TAKEN, GPS = 0x8769, 0x9003, 0x8825


def make_image(width: int = 640, height: int = 480, *, seed: int = 0) -> Image.Image:
    """Coarse coloured noise, different for every seed, scaled or not."""
    noise = Random(seed).randbytes(8 * 6 * 3)
    return Image.frombytes("RGB", (8, 6), noise).resize((width, height), Image.Resampling.BICUBIC)


def make_photo(
    width: int = 640,
    height: int = 480,
    *,
    seed: int = 0,
    taken: datetime | None = None,
    quality: int = 90,
    grain: bool = False,
) -> bytes:
    """A phone's JPEG with GPS and, if given, time; `grain` makes its file as large as a real photo's."""
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (31.0, 13.0, 49.0)}
    if taken is not None:
        exif[EXIF] = {TAKEN: f"{taken:%Y:%m:%d %H:%M:%S}"}
    image = make_image(width, height, seed=seed)
    if grain:
        noise = Image.effect_noise((width, height), 60).convert("RGB")
        image = Image.blend(image, noise, 0.4)
    return encoded(image, "JPEG", quality=quality, exif=exif.tobytes())


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **options)  # type: ignore[arg-type]
    return written.getvalue()


def make_archive(parts: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def make_word(**more: bytes) -> bytes:
    return make_archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>", **more})


PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
