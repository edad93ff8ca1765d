"""Writes A4 PDF pages in a bundled Chinese font: lengths in millimetres, font sizes in points.

A title is broken into balanced lines, by the widths of its unbreakable parts.
"""

import re
import struct
import unicodedata
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fpdf import FPDF

A4 = (210.0, 297.0)
POINT = 25.4 / 72  # millimetres
LEADING = 1.35
SIMPLIFIED = 2  # index of the font in the bundled collection
UNPRINTED = "〓"  # printed in place of a character that the font lacks
Color = tuple[int, int, int]
BLACK, QUIET, RED = (0, 0, 0), (80, 88, 94), (179, 38, 30)
_ORNAMENTS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn", "Sk", "So", "Zl", "Zp"})
AWKWARD = 0.12  # cost of a break within a phrase, as a squared share of the line length
_OPENING, _CLOSING = "(（《〈“‘「『【[", ")）》〉”’」』】]，。、；：？！…—·％"
_PIECES = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[!-'*-~\u00c0-\u024f]+|.)[{re.escape(_CLOSING)}]*\s*", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text of one size; `weight` thickens the strokes, as a share of the size in points."""

    lines: Sequence[str]
    size: float
    color: Color = BLACK
    weight: float = 0

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * POINT * LEADING


class Sheets:
    """A PDF document being written, with the subset of the font it uses."""

    def __init__(self, title: str, typeface: str) -> None:
        """`typeface` is the path of a font file; "" is the bundled font."""
        from fpdf import FPDF  # noqa: PLC0415  (slow to load, and few requests print)

        pdf: FPDF = FPDF(format="A4", unit="mm")
        pdf.set_auto_page_break(False)
        pdf.set_title(title)
        pdf.set_lang("zh-CN")
        self._pdf = pdf
        self._glyphs = _add_type(pdf, typeface)

    def add_page(self) -> None:
        self._pdf.add_page()

    def finished(self) -> bytes:
        return bytes(self._pdf.output())

    def printable(self, text: str) -> str:
        """The text without ornaments that the font lacks; other missing characters become UNPRINTED."""
        letters = (self._printable_letter(letter) for letter in unicodedata.normalize("NFC", text))
        return " ".join("".join(letters).split())

    def _printable_letter(self, letter: str) -> str:
        if letter.isspace() or ord(letter) in self._glyphs:
            return letter
        return "" if unicodedata.category(letter) in _ORNAMENTS else UNPRINTED

    def lines(
        self, text: str, sizes: Sequence[float], *, width: float, height: float
    ) -> tuple[list[str], float]:
        """The text in lines of the largest size that fits, cut short if none does; and that size."""
        text = self.printable(text)
        if not text:
            return [], sizes[0]
        for size in sizes:
            self._pdf.set_font("type", size=size)
            measure = self._pdf.get_string_width
            parts = unbreakable_parts(text, measure, width)
            widths = [measure(part) for part in parts]
            count, most = lines_needed(widths, width), int(height / (size * POINT * LEADING))
            if count <= most:
                break
        else:
            while lines_needed(widths, width) > most:
                parts, widths = parts[:-1], widths[:-1]
            parts, count = [*parts[:-1], "…"], most
        return balanced_lines(parts, widths, width, count), size

    def write(self, text: Text, *, middle: float, top: float) -> None:
        """Write the lines centred on `middle`."""
        pdf, size = self._pdf, text.size * POINT
        pdf.set_font("type", size=text.size)
        pdf.set_text_color(*text.color)
        pdf.set_draw_color(*text.color)
        mode = "FILL_STROKE" if text.weight else "FILL"
        with pdf.local_context(text_mode=mode, line_width=text.weight * size):
            for number, line in enumerate(text.lines):
                x = middle - pdf.get_string_width(line) / 2
                pdf.text(x, top + number * size * LEADING + size, line)

    def width(self, text: Text) -> float:
        """The width of its longest line."""
        self._pdf.set_font("type", size=text.size)
        return max(map(self._pdf.get_string_width, text.lines), default=0.0)

    def picture(self, file: bytes, *, left: float, top: float, width: float) -> None:
        self._pdf.image(BytesIO(file), x=left, y=top, w=width)

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A hairline."""
        self._pdf.set_draw_color(*QUIET)
        self._pdf.set_line_width(0.1)
        self._pdf.line(x1, y1, x2, y2)


def png_proportion(picture: bytes) -> float:
    """Width ÷ height of a PNG, as its header says."""
    width, height = struct.unpack(">II", picture[16:24])
    return float(width / height)


def _add_type(pdf: "FPDF", typeface: str) -> Container[int]:
    """Add the font under the name `type`; returns the code points it has."""
    from fpdf.fonts import TTFFont  # noqa: PLC0415

    if not typeface:
        from noto_cjk_sans_otc import FONT_PATH  # noqa: PLC0415  (needed for printing alone)

        pdf.add_font("type", fname=str(FONT_PATH), collection_font_number=SIMPLIFIED)
    else:
        pdf.add_font("type", fname=typeface)
    return cast(TTFFont, pdf.fonts["type"]).cmap


def unbreakable_parts(text: str, measure: Callable[[str], float], width: float) -> list[str]:
    """The unbreakable parts of a text: Latin words, characters with their punctuation."""
    words = _PIECES.findall(text)
    return [part for word in words for part in ([word] if measure(word) <= width else word)]


def lines_needed(widths: Sequence[float], width: float) -> int:
    """The number of lines when each is filled."""
    count, filled = 1, 0.0
    for piece in widths:
        if filled and filled + piece > width:
            count, filled = count + 1, 0.0
        filled += piece
    return count


def balanced_lines(parts: Sequence[str], widths: Sequence[float], width: float, count: int) -> list[str]:
    """The parts in `count` lines of similar length, preferably broken between phrases."""
    ends = [0.0]
    for piece in widths:
        ends.append(ends[-1] + piece)
    ideal = ends[-1] / count

    @cache
    def best(start: int, left: int) -> tuple[float, tuple[int, ...]]:
        """The least cost of the parts from `start` in `left` lines, and the lines' first parts."""
        found: tuple[float, tuple[int, ...]] = (float("inf"), ())
        for end in range(start + 1, len(parts) - left + 2) if left > 1 else [len(parts)]:
            length = ends[end] - ends[start]
            if length > width and end > start + 1:
                break
            rest, begins = best(end, left - 1) if left > 1 else (0.0, ())
            cost = (length / ideal - 1) ** 2 + rest + (_is_awkward(parts, end) if left > 1 else 0)
            found = min(found, (cost, (start, *begins)))
        return found

    begins = [*best(0, count)[1], len(parts)]
    return ["".join(parts[a:b]).strip() for a, b in pairwise(begins)]


def _is_awkward(parts: Sequence[str], end: int) -> float:
    is_after_phrase = parts[end - 1].rstrip()[-1:] in _CLOSING or parts[end - 1].endswith(" ")
    return 0.0 if is_after_phrase or parts[end][0] in _OPENING else AWKWARD
