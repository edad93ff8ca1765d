"""A monthly letter: its sections and lines, as stored JSON and as plain text."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import number_text, target_text, with_unit
from activitylog.indicators.status import INDICATOR_STATUS_LABELS
from activitylog.rollup.periods.rules import StatusChange

MOST_LISTED = 5  # of one sort
LAST_DAY = 10  # of the next month, on which a letter is still written


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what leads to the page at the address, and what is said of it."""

    text: str
    address: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines, or the sentence where there are none."""

    heading: str
    lines: tuple[Line, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter of a month to one person; `extra` are further lines at its end."""

    period: Period
    name: str
    sections: tuple[Section, ...]
    extra: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.period.label}指标月报"

    @property
    def greeting(self) -> str:
        return f"{self.name}，您好：{self.period.label}已经汇总。"

    @property
    def address(self) -> str:
        return f"/notices/letters/{self.period}"


def letter_json(letter: Letter) -> str:
    return json.dumps(asdict(letter) | {"period": str(letter.period)}, ensure_ascii=False)


def read_letter(content: str) -> Letter:
    """A letter as it was stored."""
    stored = json.loads(content)
    sections = tuple(
        Section(each["heading"], tuple(Line(**line) for line in each["lines"]), each["nothing"])
        for each in stored["sections"]
    )
    return Letter(Period.parse(stored["period"]), stored["name"], sections, tuple(stored["extra"]))


def letter_text(letter: Letter, *, public_url: str, office: str) -> str:
    """The letter as plain text."""
    blocks = [letter.greeting]
    for section in letter.sections:
        lines = [f"· {_linked(line, public_url)}" for line in section.lines] or [section.nothing]
        blocks.append("\n".join([f"【{section.heading}】", *lines]))
    blocks.append(f"在网页上看：{public_url}{letter.address}")
    end = [f"—— {office}", f"收哪些、什么时候收，在这里改：{public_url}/me/notices", *letter.extra]
    return "\n\n".join(blocks) + "\n\n" + "\n".join(end) + "\n"


def _linked(line: Line, public_url: str) -> str:
    text = line.text + line.detail
    return f"{text}\n  {public_url}{line.address}" if line.address else text


def changes_section(changes: Sequence[StatusChange]) -> Section:
    lines = tuple(
        Line(
            each.row.indicator,
            f"/indicators/{each.row.indicator_id}?period={each.row.period}",
            f"（{each.row.project}）：{each.before_word} → {each.word}"
            + (f"，{each.figure}" if each.figure else ""),
        )
        for each in changes
    )
    return Section("与上月相比，灯色有变化", lines, "灯色和上月一样。")


def behind_section(rows: Sequence[IndicatorActual]) -> Section:
    """The slow indicators, the worst first, each with what is missing."""
    lines = tuple(
        Line(row.indicator, f"/indicators/{row.indicator_id}?period={row.period}", _behind_text(row))
        for row in rows
    )
    return Section("落后和偏慢", lines, "没有落后或偏慢的指标。")


def _behind_text(row: IndicatorActual) -> str:
    if row.judged is not None:
        return f"（{row.project}）：{row.judgement_text}"
    word = INDICATOR_STATUS_LABELS[row.status] if row.status else ""
    parts = [f"{row.short_figure_text}，目标 {target_text(row)}", gap_text(row), row.plan_text]
    return f"（{row.project}）：{word}，" + "，".join(part for part in parts if part)


def first_lines(lines: Sequence[Line], *, what: str, address: str) -> list[Line]:
    """The first few; of more, a line that counts the rest."""
    rest = len(lines) - MOST_LISTED
    more = [Line(f"另有 {rest} 个{what}", address)] if rest > 0 else []
    return [*lines[:MOST_LISTED], *more]


def gap_text(row: IndicatorActual) -> str:
    """还差 11 次, 还差 1.6 个百分点; 超出 3 天 of a ceiling; empty when nothing is missing or counted."""
    if row.target is None or row.value is None:
        return ""
    gap = row.target - row.value
    unit = "个百分点" if row.unit == "%" else row.unit
    if row.operator in {"≤", "<"}:
        return f"超出 {with_unit(number_text(-gap), unit)}" if gap < 0 else ""
    return f"还差 {with_unit(number_text(gap), unit)}" if gap > 0 else ""
