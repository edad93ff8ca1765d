"""Reads the rows of a sample year from data/ as of a day; makes up answers by the shares of answers.toml."""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from activitylog.core.period import start_of_day, year_periods
from activitylog.ledger.columns import ACTIVITIES, MILESTONES, SHEETS
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.rules import Audience, read_answers
from activitylog.surveys.rules import SubmittedAnswer, device_hash

SAMPLE_YEAR, CURRENT_WRITTEN_AS_OF = 2024, 2026
DATA = Path(__file__).parent / "data"
FILES = ("activities", "pushes", "media_reports", "milestones", "expenses", "paper_tallies")  # as SHEETS
DATE_COLUMNS = {"推送": "发布时间", "媒体报道": "发布日期", "支出": "支付日期", "纸质问卷": "登记日期"}
PLANNED_AHEAD, UNREVIEWED = timedelta(days=14), timedelta(days=4)
UNKNOWN_BEFORE = dict.fromkeys(("举办日期", "现场人数", "线上人数", "质量达标", "备注"), "")
SHARES: dict[str, Any] = tomllib.loads((DATA / "answers.toml").read_text(encoding="utf-8"))
CellsByHeading = dict[str, str]


@dataclass(frozen=True)
class YearLedger:
    """A year's rows by sheet, and from decisions.toml the plans, the photos by activity and the steps."""

    year: int
    today: date
    sheets: dict[str, list[CellsByHeading]]
    plans: list[dict[str, Any]]
    photos: dict[str, dict[str, Any]]
    steps: list[dict[str, Any]]
    at_end: list[dict[str, Any]]

    @property
    def activities(self) -> dict[str, CellsByHeading]:
        return {row["活动编号"]: row for row in self.sheets[ACTIVITIES.name]}

    def entry_days(self) -> list[date]:
        """The past days to enter: the last of every second month, decision days, yesterday."""
        last = min(self.today - timedelta(days=1), date(self.year, 12, 31))
        ends = (month.last_day for month in year_periods(self.year)[1::2])
        days = {*ends, *(step["on"] for step in self.steps), last}
        return sorted(day for day in days if day <= last and last.year == self.year)

    def rows_entered(self, after: date, until: date) -> dict[str, list[CellsByHeading]]:
        """The rows entered on the days after one up to another."""
        dated = {
            name: [row for row in self.sheets[name] if after < day_of(row[column]) <= until]
            for name, column in DATE_COLUMNS.items()
        }
        activities = (self._activity_entered(row, after, until) for row in self.sheets[ACTIVITIES.name])
        milestones = [  # all planned at first
            row if done_on <= until else row | {"完成日期": ""}
            for row in self.sheets[MILESTONES.name]
            for done_on in [day_of(row["完成日期"])]
            if after == date.min or after < done_on <= until
        ]
        return dated | {ACTIVITIES.name: [row for row in activities if row], MILESTONES.name: milestones}

    def _activity_entered(self, row: CellsByHeading, after: date, until: date) -> CellsByHeading | None:
        """The row as it is entered in those days: held and not yet reviewed, or planned."""
        planned, logged = day_of(row["计划日期"]) - PLANNED_AHEAD, self.logged_on(row)
        if logged is not None and after < logged <= until:
            return row | {"状态": "待审核", "质量达标": ""}
        return row | UNKNOWN_BEFORE | {"状态": "计划"} if after < planned <= until else None

    def logged_on(self, row: CellsByHeading) -> date | None:
        """The day an activity is logged as held; None for one cancelled, in the future, or not logged yet."""
        if not row["举办日期"] or day_of(row["举办日期"]) >= self.today:
            return None
        return day_of(row["登记于"] or row["举办日期"])

    def is_reviewed(self, row: CellsByHeading) -> bool:
        return day_of(row["举办日期"]) < self.today - UNREVIEWED

    def rows_cancelled(self, after: date, until: date) -> list[CellsByHeading]:
        rows = (row for row in self.sheets[ACTIVITIES.name] if row["状态"] == "取消")
        return [row for row in rows if after < day_of(row["计划日期"]) - timedelta(days=1) <= until]


def folder_of(year: int) -> Path:
    return DATA / (str(SAMPLE_YEAR) if year == SAMPLE_YEAR else "current")


def read_year(year: int, today: date) -> YearLedger:
    """The sample year itself, or the current year's rows moved by weeks to be of `year`."""
    written = SAMPLE_YEAR if year == SAMPLE_YEAR else CURRENT_WRITTEN_AS_OF
    later = timedelta(weeks=round((date(year, 7, 1) - date(written, 7, 1)).days / 7))
    sheets: dict[str, list[CellsByHeading]] = {}
    for sheet, file in zip(SHEETS, FILES, strict=True):
        rows = _rows(folder_of(year) / f"{file}.csv", year, today, later)
        known = {row["活动编号"] for row in sheets.get(ACTIVITIES.name, ())} | {""}
        sheets[sheet.name] = [row for row in rows if not sheets or row.get("活动编号", "") in known]
    decisions = tomllib.loads((folder_of(year) / "decisions.toml").read_text(encoding="utf-8"))
    steps = [step | {"on": step["on"] + later} for step in decisions["step"]]
    photos = {f"{year}-{number}": photos for number, photos in decisions["photos"].items()}
    return YearLedger(year, today, sheets, decisions["plans"], photos, steps, decisions["at_end"])


def _rows(path: Path, year: int, today: date, later: timedelta) -> Iterator[CellsByHeading]:
    """The rows that lie in the year: a day given from today, as -3, may not."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for heading, cell in row.items():
                if cell and (heading.endswith(("日期", "时间")) or heading == "登记于"):
                    day, _, hour = cell.partition(" ")
                    is_relative = day[0] in "+-"
                    on = today + timedelta(days=int(day)) if is_relative else day_of(day) + later
                    row[heading] = f"{on} {hour}".strip()
            if row.get("活动编号"):
                row["活动编号"] = f"{year}-{row['活动编号']}"
            days = (cell for heading, cell in row.items() if cell and heading.endswith("日期"))
            if all(day_of(day).year == year for day in days):
                yield row


def day_of(cell: str) -> date:
    return date.fromisoformat(cell[:10])


def moment(day: date, hour: float) -> datetime:
    """An hour of a day in Shanghai."""
    return start_of_day(day) + timedelta(hours=hour)


def chance_of(number: str, what: str) -> Random:
    """A random generator that is always the same for the same activity."""
    return Random(f"{number}/{what}")  # noqa: S311


def answered_at(rng: Random, day: date, hour: int) -> datetime:
    """The time of an answer: mostly in the five hours from an hour after the start, else on the next day."""
    begins = hour + 1 if rng.random() < SHARES["common"]["same_day"] else 33
    return moment(day, begins) + timedelta(minutes=rng.randrange(5 * 60))


def filled_page(rng: Random, whose: str, activity_id: int, at: datetime) -> SubmittedAnswer:
    """A page filled in by attendees of a project, or by `hosts`, read as a phone's would be."""
    shares, common = SHARES[whose], SHARES["common"]
    questionnaire = BUILT_IN_FOR[Audience.HOSTS if whose == "hosts" else Audience.ATTENDEES]
    overall = rng.choices((5, 4, 3, 2, 1), shares["grades"])[0]
    sent = {"overall": str(overall)}
    if rng.random() < common["detailed"]:
        sent |= {key: str(min(5, max(1, overall + rng.choice((-1, 0, 0, 0, 1))))) for key in common["graded"]}
        sent |= {key: by_grade[5 - overall] for key, by_grade in common["by_grade"].items()}
        for key, chosen in shares["chosen"].items():
            sent[key] = rng.choices([*chosen], [*chosen.values()])[0]
    if rng.random() < common["suggesting"]:
        sent["suggestion"] = rng.choice(shares.get("suggestions", common["suggestions"]))
    read = read_answers({key: [text] for key, text in sent.items()}, questionnaire)
    nonce = str(UUID(int=rng.getrandbits(128), version=4))
    device = device_hash("sample", activity_id, nonce)
    return SubmittedAnswer(nonce, device, read.overall, read.answers, at, questionnaire.version)
