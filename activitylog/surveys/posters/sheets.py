"""Writes A4 PDF pages in a bundled Chinese font: lengths in millimetres, font sizes in points."""

import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, cast

from activitylog.surveys.posters import line_breaks

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
            parts = line_breaks.unbreakable_parts(text, measure, width)
            widths = [measure(part) for part in parts]
            count, most = line_breaks.lines_needed(widths, width), int(height / (size * POINT * LEADING))
            if count <= most:
                break
        else:
            while line_breaks.lines_needed(widths, width) > most:
                parts, widths = parts[:-1], widths[:-1]
            parts, count = [*parts[:-1], "…"], most
        return line_breaks.balanced_lines(parts, widths, width, count), size

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

    def picture(self, file: bytes, *, left: float, top: float, width: float) -> None:
        self._pdf.image(BytesIO(file), x=left, y=top, w=width)

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A hairline."""
        self._pdf.set_draw_color(*QUIET)
        self._pdf.set_line_width(0.1)
        self._pdf.line(x1, y1, x2, y2)


def _add_type(pdf: "FPDF", typeface: str) -> Container[int]:
    """Add the font under the name `type`; returns the code points it has."""
    from fpdf.fonts import TTFFont  # noqa: PLC0415

    if not typeface:
        from noto_cjk_sans_otc import FONT_PATH  # noqa: PLC0415  (needed for printing alone)

        pdf.add_font("type", fname=str(FONT_PATH), collection_font_number=SIMPLIFIED)
    else:
        pdf.add_font("type", fname=typeface)
    return cast(TTFFont, pdf.fonts["type"]).cmap
