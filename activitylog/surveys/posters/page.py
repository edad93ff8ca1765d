"""Draws posters and table cards with the QR code of an activity's survey, as PDF."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from activitylog.core.period import day_label
from activitylog.surveys.access.rules import qr_image
from activitylog.surveys.posters.export import (
    A4,
    BLACK,
    QUIET,
    RED,
    Color,
    Sheets,
    Text,
    png_proportion,
)

INVITATION = "微信扫一扫，说说您的感受"
ANONYMOUS = "匿名填写，不登录，不问姓名和电话，半分钟就好"
ENGLISH = "Scan to tell us how it was: anonymous, half a minute."
CARD_SCALE = 0.5  # A6 is A4 halved twice
CUT_MARK = 10.0  # millimetres: printers leave the outer five white
MARGIN = 18.0
CODE, CODE_TOP = 122.0, 114.0  # with its quiet margin
GAP = 2.5
OFFICE_TOP, LOGO_HEIGHT = 285.5, 7.5
TITLE_SIZES = (44, 38, 33, 28, 24, 21, 18)
BOLD, MEDIUM = 0.024, 0.018  # thickness added to strokes, of the size


@dataclass(frozen=True, slots=True)
class Poster:
    """The contents of one activity's poster; `address` is encoded in its QR code, `place` may be "".

    `open_from` is when answers are taken on the activity's day, None for all day. `warning`, printed in red,
    says why the code cannot be used. `office` and `logo` (PNG) may be empty.
    """

    number: str
    title: str
    project: str
    happens_on: date
    start_time: time | None
    open_from: time | None
    open_until: date
    place: str
    address: str
    warning: str = ""
    office: str = ""
    logo: bytes = b""


def posters_pdf(posters: Iterable[Poster], *, heading: str, typeface: str) -> bytes:
    """A PDF of one A4 page an activity."""
    sheets = Sheets(heading, typeface)
    for poster in posters:
        sheets.add_page()
        _Layout(sheets, 1, 0, 0).draw(poster)
    return sheets.finished()


def cards_pdf(poster: Poster, *, typeface: str) -> bytes:
    """A PDF of four A6 cards on one A4 page, with marks where to cut."""
    sheets = Sheets(poster.title, typeface)
    sheets.add_page()
    width, height = A4
    for left in (0, width / 2):
        for top in (0, height / 2):
            _Layout(sheets, CARD_SCALE, left, top).draw(poster)
    _cut_marks(sheets, width, height)
    return sheets.finished()


def _cut_marks(sheets: Sheets, width: float, height: float) -> None:
    across, down = width / 2, height / 2
    for y in (0, down - CUT_MARK / 2, height - CUT_MARK):
        sheets.rule(across, y, across, y + CUT_MARK)
    for x in (0, across - CUT_MARK / 2, width - CUT_MARK):
        sheets.rule(x, down, x + CUT_MARK, down)


class _Layout:
    """Draws a poster at a scale and position on a page; its lengths are those of a full A4 page."""

    def __init__(self, sheets: Sheets, scale: float, left: float, top: float) -> None:
        self._sheets, self._scale, self._left, self._top = sheets, scale, left, top

    def draw(self, poster: Poster) -> None:
        top = 16.0
        if poster.warning:
            top = self._stack([self._text(poster.warning, (15, 13), height=20, color=RED)], top=8)
        title = poster.title if self._sheets.printable(poster.title) else poster.number
        head = [
            self._text(poster.project, (18, 15), height=10, color=QUIET),
            self._text(title, TITLE_SIZES, height=64, weight=BOLD),
            self._text(_day(poster.happens_on, poster.start_time), (20,), height=10),
            self._text(poster.place, (20, 17, 14, 12, 10), height=13),
        ]
        head = [text for text in head if text.lines]
        height = sum(text.height for text in head) / self._scale + GAP * (len(head) - 1)
        self._stack(head, top=top + max(0.0, CODE_TOP - top - height) / 2)
        self._code(poster.address)
        self._stack([self._text(INVITATION, (32,), height=20, weight=MEDIUM)], top=236)
        self._stack([self._text(ANONYMOUS, (18,), height=12)], top=255)
        self._stack([self._text(ENGLISH, (16,), height=12, color=QUIET)], top=266)
        hour = f" {poster.open_from:%H:%M} " if poster.open_from else ""
        until = day_label(poster.open_until)
        foot = f"问卷从活动当天{hour}开放到{until}，编号 {poster.number}"
        self._stack([self._text(foot, (13,), height=8, color=QUIET)], top=277)
        self._office(poster)

    def _office(self, poster: Poster) -> None:
        """Logo and name of the office, side by side below everything else."""
        name = self._text(poster.office, (13, 11), height=6)
        width = LOGO_HEIGHT * png_proportion(poster.logo) if poster.logo else 0
        start = A4[0] / 2 - (self._sheets.width(name) / self._scale + width) / 2
        if poster.logo:
            self._sheets.picture(
                poster.logo,
                left=self._left + (start - GAP / 2) * self._scale,
                top=self._top + (OFFICE_TOP - 1) * self._scale,
                width=width * self._scale,
            )
        if name.lines:
            middle = self._left + (A4[0] / 2 + (width + GAP) / 2 * bool(width)) * self._scale
            self._sheets.write(name, middle=middle, top=self._top + OFFICE_TOP * self._scale)

    def _text(
        self,
        text: str,
        sizes: tuple[float, ...],
        *,
        height: float,
        color: Color = BLACK,
        weight: float = 0,
    ) -> Text:
        scale = self._scale
        lines, size = self._sheets.lines(
            text,
            [size * scale for size in sizes],
            width=(A4[0] - 2 * MARGIN) * scale,
            height=height * scale,
        )
        return Text(lines, size, color, weight)

    def _stack(self, texts: Sequence[Text], *, top: float) -> float:
        """Write texts one below the other; returns the position of their end."""
        for text in texts:
            self._sheets.write(
                text, middle=self._left + A4[0] / 2 * self._scale, top=self._top + top * self._scale
            )
            top += text.height / self._scale + GAP
        return top

    def _code(self, address: str) -> None:
        self._sheets.picture(
            qr_image(address),
            left=self._left + (A4[0] - CODE) / 2 * self._scale,
            top=self._top + CODE_TOP * self._scale,
            width=CODE * self._scale,
        )


def _day(day: date, at: time | None) -> str:
    return f"{day.year}年{day_label(day, at)}"
