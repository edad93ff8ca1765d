"""Reads the ledger rows of a sample year from data/, shifts them to the year, and some of them near today."""

import csv
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from activitylog.core.period import year_periods
from activitylog.ledger.columns import ACTIVITIES, MILESTONES, SHEETS

SAMPLE_YEAR = 2024
DATA = Path(__file__).parent / "data"
FILES = ("activities", "pushes", "media_reports", "milestones", "expenses", "paper_tallies")  # as SHEETS
DATE_COLUMNS = {"推送": "发布时间", "媒体报道": "发布日期", "支出": "支付日期", "纸质问卷": "登记日期"}
BY_CALENDAR = frozenset({"里程碑", "支出"})  # shifted by years; all else by weeks, to stay on its weekday
PLANNED_AHEAD = timedelta(days=14)
# Days from today that always have an activity: past ones await review, today's is to be logged.
NEAR_TODAY = (-6, -4, -3, -2, -1, 0, 1, 3, 8, 12)
NOT_YET_LOGGED, UNREVIEWED = timedelta(days=2), timedelta(days=4)  # before today; the latter and less
MOVABLE = frozenset({"科普资源配送", "惠民科普直通车"})
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
        yesterday = self.today - timedelta(days=1)
        days = {month.last_day for month in year_periods(self.year)[1::2]} | {
            step["on"] for step in self.steps
        }
        last = [yesterday] if self.today.year == self.year else []
        return sorted({*(day for day in days if day <= yesterday), *last})

    def rows_entered(self, after: date, until: date) -> dict[str, list[CellsByHeading]]:
        """The rows entered on the days after one up to another."""
        entered = {sheet.name: list[CellsByHeading]() for sheet in SHEETS}
        for row in self.sheets[ACTIVITIES.name]:
            planned, held = day_of(row["计划日期"]) - PLANNED_AHEAD, self.logged_on(row)
            if held is not None and after < held <= until:
                entered[ACTIVITIES.name].append(row | {"状态": "待审核", "质量达标": ""})
            elif after < planned <= until:
                unknown = dict.fromkeys(("举办日期", "现场人数", "线上人数", "质量达标", "备注"), "")
                entered[ACTIVITIES.name].append(row | unknown | {"状态": "计划"})
        for row in self.sheets[MILESTONES.name]:
            if after < day_of(row["完成日期"]) <= until:
                entered[MILESTONES.name].append(row)
            elif after == date.min:
                entered[MILESTONES.name].append(row | {"完成日期": ""})
        for name, column in DATE_COLUMNS.items():
            entered[name] += [row for row in self.sheets[name] if after < day_of(row[column]) <= until]
        return entered

    def logged_on(self, row: CellsByHeading) -> date | None:
        """The day an activity is logged as held; None for one cancelled, in the future, or not logged yet."""
        held = day_of(row["举办日期"]) if row["举办日期"] else self.today
        if held >= self.today or held == self.today - NOT_YET_LOGGED:
            return None
        return day_of(row["登记于"]) if row["登记于"] else held

    def is_reviewed(self, row: CellsByHeading) -> bool:
        return day_of(row["举办日期"]) < self.today - UNREVIEWED

    def rows_cancelled(self, after: date, until: date) -> list[CellsByHeading]:
        rows = (row for row in self.sheets[ACTIVITIES.name] if row["状态"] == "取消")
        return [row for row in rows if after < day_of(row["计划日期"]) - timedelta(days=1) <= until]


def read_year(year: int, today: date) -> YearLedger:
    """The sample year itself, or the other year's rows as if of `year`."""
    folder = DATA / (str(SAMPLE_YEAR) if year == SAMPLE_YEAR else "current")
    sheets = {
        sheet.name: list(_rows(folder / f"{file}.csv")) for sheet, file in zip(SHEETS, FILES, strict=True)
    }
    decisions = tomllib.loads((folder / "decisions.toml").read_text(encoding="utf-8"))
    written = day_of(sheets[ACTIVITIES.name][0]["计划日期"]).year
    weeks = timedelta(weeks=round((date(year, 7, 1) - date(written, 7, 1)).days / 7))
    for name, rows in sheets.items():
        for row in rows:
            _shift(row, (year - written) if name in BY_CALENDAR else weeks)
    for step in decisions["step"]:
        step["on"] = shifted(step["on"], year - written)
    if year == today.year:
        _move_near_today(
            sheets, today, {step.get("activity") for step in decisions["step"]} | decisions["photos"].keys()
        )
    for rows in sheets.values():
        for row in rows:
            if row.get("活动编号"):
                row["活动编号"] = f"{year}-{row['活动编号']}"
    photos = {f"{year}-{number}": filed for number, filed in decisions["photos"].items()}
    return YearLedger(year, today, sheets, decisions["plans"], photos, decisions["step"], decisions["at_end"])


def _rows(path: Path) -> Iterator[CellsByHeading]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def day_of(cell: str) -> date:
    return date.fromisoformat(cell[:10])


def shifted(day: date, by: int | timedelta) -> date:
    """The day so much later, by a timedelta or by years."""
    if isinstance(by, timedelta):
        return day + by
    return day.replace(year=day.year + by, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _shift(row: CellsByHeading, by: int | timedelta) -> None:
    for heading, cell in row.items():
        if cell and (heading.endswith(("日期", "时间")) or heading == "登记于"):
            row[heading] = f"{shifted(day_of(cell), by)}{cell[10:]}"


def _move_near_today(sheets: dict[str, list[CellsByHeading]], today: date, fixed: set[str]) -> None:
    """Shift the activities nearest to today, with their records, to the days of NEAR_TODAY."""
    days = [day for offset in NEAR_TODAY if (day := today + timedelta(days=offset)).year == today.year]
    articles = Counter(row["链接"] for row in sheets["推送"])
    fixed |= {row["活动编号"] for row in sheets["推送"] if articles[row["链接"]] > 1}
    movable = [row for row in sheets[ACTIVITIES.name] if row["活动编号"] not in fixed and _is_plain(row)]
    movable.sort(key=lambda row: abs((day_of(row["计划日期"]) - today).days))
    nearest = sorted(movable[: len(days)], key=lambda row: row["计划日期"])
    distance = {
        row["活动编号"]: day - day_of(row["计划日期"]) for row, day in zip(nearest, days, strict=True)
    }
    for row in (row for rows in sheets.values() for row in rows if row.get("活动编号") in distance):
        _shift(row, distance[row["活动编号"]])
    for row in nearest:
        if day_of(row["计划日期"]) == today:
            row["计划日期"] = str(today)  # at no hour: its survey is open all day


def _is_plain(row: CellsByHeading) -> bool:
    is_approved = row["状态"] == "已审核" and row["质量达标"] == "是" and not row["审核意见"]
    return is_approved and row["项目"] in MOVABLE and row["计划日期"] == row["举办日期"] and not row["登记于"]


def write_workbook(path: Path, sheets: dict[str, list[CellsByHeading]]) -> bool:
    """Rows as the ledger workbook that people import; False when there is none."""
    with xlsxwriter.Workbook(str(path)) as book:
        for sheet in SHEETS:
            page = book.add_worksheet(sheet.name)
            headings = [column.heading for column in sheet.columns]
            for number, row in enumerate([dict(zip(headings, headings, strict=True)), *sheets[sheet.name]]):
                for position, heading in enumerate(headings):
                    page.write_string(number, position, row.get(heading, ""))
    return any(sheets.values())
