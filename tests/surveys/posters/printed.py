"""Reads a PDF's lines (by its ToUnicode table) and QR codes (with a scanner)."""

import io
import re
import struct
import zlib
from dataclasses import dataclass

import zxingcpp
from fontTools.cffLib import CFFFontSet
from PIL import Image

_OBJECT = re.compile(rb"(\d+) 0 obj\n<<\n(.*?)>>(?:\nstream\n(.*?)\nendstream)?\nendobj", re.DOTALL)
_TEXT = re.compile(rb"\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


@dataclass(frozen=True)
class PrintedPdf:
    """The lines of each page, the addresses in the QR codes, and the number of glyphs with an outline."""

    pages: list[list[str]]
    codes: list[str]
    shapes: int


def read(file: bytes) -> PrintedPdf:
    letters: dict[bytes, str] = {}
    contents, codes, shapes = [], [], 0
    for _, head, body in _OBJECT.findall(file):
        stream = zlib.decompress(body) if b"/FlateDecode" in head else body
        if b"/Subtype /Image" in head:
            codes += [code.text for code in zxingcpp.read_barcodes(_image(head, stream))]
        elif b"/CIDFontType0C" in head:
            shapes = _shapes(stream)
        elif b"beginbfchar" in stream:
            letters |= {
                bytes.fromhex(code): bytes.fromhex(letter).decode("utf-16-be")
                for code, letter in re.findall(r"<(\w{4})> <(\w+)>", stream.decode())
            }
        elif b" Tj" in stream:
            contents.append(stream)
    return PrintedPdf([_lines(content, letters) for content in contents], codes, shapes)


def _lines(content: bytes, letters: dict[bytes, str]) -> list[str]:
    shown = [_ESCAPED.sub(lambda e: _CONTROLS.get(e[1], e[1]), text) for text in _TEXT.findall(content)]
    return ["".join(letters[text[at : at + 2]] for at in range(0, len(text), 2)) for text in shown]


def _image(head: bytes, stream: bytes) -> Image.Image:
    """A fax picture, opened as the TIFF it would be in a file."""
    size = {key: int(re.search(rb"/%s (\d+)" % key, head)[1]) for key in (b"Width", b"Height")}  # type: ignore[index]
    tags = {256: size[b"Width"], 257: size[b"Height"], 258: 1, 259: 4, 262: 0, 273: 0, 278: size[b"Height"]}
    tags[279] = len(stream)
    tags[273] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    tiff = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + stream
    return Image.open(io.BytesIO(tiff)).convert("L")


def _shapes(typeface: bytes) -> int:
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(typeface), None)
    glyphs = fonts[0].CharStrings
    return sum(glyphs[name].calcBounds(None) is not None for name in glyphs.keys())  # noqa: SIM118
