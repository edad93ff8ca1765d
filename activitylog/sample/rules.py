"""Reads the rows and decisions of a sample year from data/ as of a day, and draws its survey answers."""

import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from activitylog.core.period import start_of_day
from activitylog.ledger.columns import SHEETS, LedgerSheet
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.rules import Audience, read_answers
from activitylog.surveys.rules import SubmittedAnswer, device_hash

SAMPLE_YEAR, CURRENT_WRITTEN_AS_OF = 2024, 2026
DATA = Path(__file__).parent / "data"
FILES = ("activities", "pushes", "media_reports", "milestones", "expenses", "paper_tallies")  # as SHEETS
USUAL_START = 14  # o'clock
WEIGHTS: dict[str, Any] = tomllib.loads((DATA / "answers.toml").read_text(encoding="utf-8"))
Row = dict[str, str]
Decision = dict[str, Any]


@dataclass(frozen=True, slots=True)
class YearLedger:
    """A year's rows by sheet, its decisions, and the days on which people enter and take them."""

    year: int
    today: date
    sheets: dict[str, list[Row]]
    decisions: list[Decision]
    days: list[date]

    def entry_days(self) -> list[date]:
        """date.min, the past entry days, and yesterday or the year's last day."""
        yesterday = self.today - timedelta(days=1)
        days = {*self.days, min(yesterday, date(self.year, 12, 31))}
        return [date.min, *sorted(day for day in days if date(self.year, 1, 1) <= day <= yesterday)]

    def between(self, after: date, until: date) -> tuple[dict[str, list[Row]], list[Decision]]:
        """The rows by sheet, and the decisions, of the days after one up to another."""
        rows = {
            sheet.name: [row for row in self.sheets[sheet.name] if after < _entered_on(sheet, row) <= until]
            for sheet in SHEETS
        }
        return rows, [each for each in self.decisions if after < each["on"] <= until]


def _entered_on(sheet: LedgerSheet, row: Row) -> date:
    """The day a row is entered: the one it says, or that on which it was done."""
    done = next(row[column.heading] for column in sheet.columns if column.is_of_past)
    return date.fromisoformat((row.get("登记日期") or done)[:10])


def read_year(year: int, today: date) -> YearLedger:
    """The sample year itself, or the current year's rows and decisions moved to be of `year`."""
    folder = DATA / ("2024" if year == SAMPLE_YEAR else "current")
    sheets = {
        sheet.name: [*csv.DictReader(_read_moved(folder / f"{file}.csv", year, today).splitlines())]
        for sheet, file in zip(SHEETS, FILES, strict=True)
    }
    calls = tomllib.loads(_read_moved(folder / "decisions.toml", year, today))
    days = calls.pop("entry_days")
    decisions = [{"do": f"activitylog.{name}", **each} for name, taken in calls.items() for each in taken]
    return YearLedger(year, today, sheets, decisions, days)


def _read_moved(path: Path, year: int, today: date) -> str:
    """The text with days moved: -3 or +8 in a cell is so many from today, a date moves by whole weeks."""
    written = SAMPLE_YEAR if year == SAMPLE_YEAR else CURRENT_WRITTEN_AS_OF
    later = timedelta(weeks=round((date(year, 7, 1) - date(written, 7, 1)).days / 7))
    first, last = date(year, 1, 1), date(year, 12, 31)

    def move(day: re.Match[str]) -> str:
        if day[1]:
            return str(date.fromisoformat(day[1]) + later)
        return str(min(max(first, today + timedelta(days=int(day[0]))), last))

    text = path.read_text(encoding="utf-8").replace("YEAR", str(year))
    return re.sub(r"(\d{4}-\d\d-\d\d)|(?<=,)[+-]\d+(?=[ ,])", move, text)


def draw_answers(row: Row, activity_id: int, audience: Audience) -> Iterator[SubmittedAnswer]:
    """The answers to an activity, always the same: by as many attendees as its row says, or by its host."""
    rng, held_on = Random(f"{row['活动编号']}/{audience}"), date.fromisoformat(row["举办日期"][:10])  # noqa: S311
    start = int(row["举办日期"][11:13] or USUAL_START)
    group, count = row["项目"], int(row["扫码份数"])
    if audience is Audience.HOSTS:
        group, count = "hosts", int(rng.random() < WEIGHTS["hosts_answering"])
    for _ in range(count):
        hour = start + rng.uniform(1, 6) if rng.random() < WEIGHTS["same_day"] else rng.uniform(33, 38)
        yield draw_answer(rng, group, activity_id, start_of_day(held_on) + timedelta(hours=hour))


def draw_answer(rng: Random, group: str, activity_id: int, at: datetime) -> SubmittedAnswer:
    """One answer by the weights of a project, of `hosts` or a `burst`, read as a phone's would be."""
    weights = WEIGHTS["common"] | WEIGHTS[group]
    questionnaire = BUILT_IN_FOR[Audience.HOSTS if group == "hosts" else Audience.ATTENDEES]
    last = None if rng.random() < weights["answering_all"] else 1
    posted = {}
    for question in questionnaire.questions[:last]:
        by_answer = weights.get(question.key, weights["overall"])
        posted[question.key] = rng.choices([*by_answer], [*by_answer.values()])
    read = read_answers(posted, questionnaire)
    nonce = str(UUID(int=rng.getrandbits(128), version=4))
    device = device_hash("sample", activity_id, nonce)
    return SubmittedAnswer(nonce, device, read.overall, read.answers, at, questionnaire.version)
