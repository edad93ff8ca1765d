"""Reads the rows and decisions of a sample year from data/ as of a day, and draws its survey answers."""

import csv
import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from activitylog.activities.rules import STATUS_BY_LABEL
from activitylog.core.period import start_of_day
from activitylog.ledger.columns import ACTIVITIES, MILESTONES, SHEETS, LedgerSheet
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.rules import Audience, read_answers
from activitylog.surveys.rules import SubmittedAnswer, device_hash

SAMPLE_YEAR, CURRENT_WRITTEN_AS_OF = 2024, 2026
DATA = Path(__file__).parent / "data"
FILES = ("activities", "pushes", "media_reports", "milestones", "expenses", "paper_tallies")  # as SHEETS
PLANNED_AHEAD = {ACTIVITIES.name: timedelta(days=14), MILESTONES.name: timedelta(days=366)}
UNKNOWN_BEFORE = dict.fromkeys(("举办日期", "现场人数", "线上人数", "备注", "完成日期", "扫码份数"), "")
REVIEWED_AFTER, CANCELLED_BEFORE = timedelta(days=4), timedelta(days=1)
DECIDED = ("已审核", "退回", "取消")
USUAL_START = 14  # o'clock
WEIGHTS: dict[str, Any] = tomllib.loads((DATA / "answers.toml").read_text(encoding="utf-8"))
CellsByHeading = dict[str, str]
Decision = dict[str, Any]


@dataclass(frozen=True, slots=True)
class YearLedger:
    """A year's rows by sheet and its decisions, those without a day to be taken at its end."""

    year: int
    today: date
    sheets: dict[str, list[CellsByHeading]]
    decisions: list[Decision]

    def entry_days(self) -> list[date]:
        """The past days on which rows are entered: those of the decisions, and yesterday."""
        last = min(self.today - timedelta(days=1), date(self.year, 12, 31))
        days = {last, *(decision["on"] for decision in self.decisions if "on" in decision)}
        return sorted(day for day in days if date(self.year, 1, 1) <= day <= last)

    def rows_entered(self, after: date, until: date) -> dict[str, list[CellsByHeading]]:
        """The rows entered on the days after one up to another, by sheet."""
        return {
            sheet.name: [
                entered
                for row in self.sheets[sheet.name]
                if (entered := _as_entered(sheet, row, after, until))
            ]
            for sheet in SHEETS
        }

    def decisions_taken(self, after: date, until: date) -> list[Decision]:
        """The decisions of the days after one up to another, those about single activities first."""
        rows = (row for row in self.sheets[ACTIVITIES.name] if row["状态"] in DECIDED)
        dated = (*map(_status_decision, rows), *self.decisions)
        return [decision for decision in dated if after < decision.get("on", date.min) <= until]


def _as_entered(sheet: LedgerSheet, row: CellsByHeading, after: date, until: date) -> CellsByHeading | None:
    """The row as it is entered on those days: when it is done, or before that as planned.

    An activity's row without a status corrects an earlier one: it is entered once, on the day it says.
    """
    done = row.get("登记日期") or next(row[column.heading] for column in sheet.columns if column.is_of_past)
    if done and after < day_of(done) <= until:
        return row
    if sheet.name not in PLANNED_AHEAD or row.get("状态") == "":
        return None
    planned = day_of(row["计划日期"]) - PLANNED_AHEAD[sheet.name]
    return row | UNKNOWN_BEFORE if after < planned <= until else None


def _status_decision(row: CellsByHeading) -> Decision:
    """An activity's approval or return, days after it was logged, or its cancelling before its day."""
    logged = row["登记日期"] or row["举办日期"]
    on = day_of(logged) + REVIEWED_AFTER if logged else day_of(row["计划日期"]) - CANCELLED_BEFORE
    return {
        "on": on,
        "do": "change_status",
        "activity": row["活动编号"],
        "new_status": STATUS_BY_LABEL[row["状态"]],
        "reason": row["审核意见"],
        "quality_met": row["质量达标"] == "是",
        "by": "manager",
    }


def read_year(year: int, today: date) -> YearLedger:
    """The sample year itself, or the current year's rows and decisions moved to be of `year`."""
    folder = DATA / ("2024" if year == SAMPLE_YEAR else "current")
    sheets = {}
    for sheet, file in zip(SHEETS, FILES, strict=True):
        rows = csv.DictReader(_read_moved(folder / f"{file}.csv", year, today).splitlines())
        sheets[sheet.name] = [row for row in rows if _is_within(year, row)]
    decisions = tomllib.loads(_read_moved(folder / "decisions.toml", year, today))["decision"]
    return YearLedger(year, today, sheets, decisions)


def _read_moved(path: Path, year: int, today: date) -> str:
    """The text with days moved: -3 or +8 in a cell is so many from today, a date moves by whole weeks."""
    written = SAMPLE_YEAR if year == SAMPLE_YEAR else CURRENT_WRITTEN_AS_OF
    later = timedelta(weeks=round((date(year, 7, 1) - date(written, 7, 1)).days / 7))

    def move(day: re.Match[str]) -> str:
        return str(date.fromisoformat(day[0]) + later if day[1] else today + timedelta(days=int(day[0])))

    text = path.read_text(encoding="utf-8").replace("YEAR", str(year))
    return re.sub(r"(\d{4}-\d\d-\d\d)|(?<=,)[+-]\d+(?=[ ,])", move, text)


def _is_within(year: int, row: CellsByHeading) -> bool:
    """Whether all its days are of the year; those from today may not be."""
    days = (cell for heading, cell in row.items() if cell and heading.endswith(("日期", "时间")))
    return all(day_of(day).year == year for day in days)


def day_of(cell: str) -> date:
    return date.fromisoformat(cell[:10])


def moment(day: date, hour: float) -> datetime:
    """An hour of a day in Shanghai."""
    return start_of_day(day) + timedelta(hours=hour)


def chance_of(number: str, what: str) -> Random:
    """A random generator that is always the same for the same activity."""
    return Random(f"{number}/{what}")  # noqa: S311


def draw_answers(
    row: CellsByHeading, activity_id: int, audience: Audience, before: datetime
) -> list[SubmittedAnswer]:
    """The answers to an activity: by as many attendees as its row says, or by its host, if one answers."""
    rng = chance_of(row["活动编号"], audience)
    start = int(row["举办日期"][11:13] or USUAL_START)
    whose, count = row["项目"], int(row["扫码份数"])
    if audience is Audience.HOSTS:
        whose, count = "hosts", int(rng.random() < WEIGHTS["hosts_answering"])
    drawn = []
    for _ in range(count):
        hour = start + rng.uniform(1, 6) if rng.random() < WEIGHTS["same_day"] else rng.uniform(33, 38)
        drawn.append(draw_answer(rng, whose, activity_id, moment(day_of(row["举办日期"]), hour)))
    return [answer for answer in drawn if answer.submitted_at < before]


def draw_answer(rng: Random, whose: str, activity_id: int, at: datetime) -> SubmittedAnswer:
    """One answer by the weights of a project, of `hosts` or a `burst`, read as a phone's would be."""
    weights = WEIGHTS["common"] | WEIGHTS[whose]
    questionnaire = BUILT_IN_FOR[Audience.HOSTS if whose == "hosts" else Audience.ATTENDEES]
    last = None if rng.random() < weights["answering_all"] else 1
    posted = {}
    for question in questionnaire.questions[:last]:
        by_answer = weights.get(question.key, weights["overall"])
        posted[question.key] = rng.choices([*by_answer], [*by_answer.values()])
    read = read_answers(posted, questionnaire)
    nonce = str(UUID(int=rng.getrandbits(128), version=4))
    device = device_hash("sample", activity_id, nonce)
    return SubmittedAnswer(nonce, device, read.overall, read.answers, at, questionnaire.version)
