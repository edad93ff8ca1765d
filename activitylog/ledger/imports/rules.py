"""Compares rows with what is stored and with each other: fields that differ, versions, repeated labels.

A row's version is a digest of its content; the exported file carries it beside every row.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from activitylog.core.text.words import word_key
from activitylog.ledger.columns import PUSHES, REPORTS, LedgerSheet
from activitylog.ledger.imports.queries import RecordRow
from activitylog.ledger.imports.record_kinds import LedgerRecordKind
from activitylog.ledger.reading.cells import Start
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.rows import LedgerRow
from activitylog.ledger.workbook import cell_value

DIGITS = 16
SHOWN = 40  # characters of a text in a sentence


class FieldChange(NamedTuple):
    """One field of one row: the texts of its cell before and after."""

    sheet: str
    row: int
    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.field} {_shown(self.old)} → {_shown(self.new)}"


def ledger_cells(values: Mapping[str, Any], project: str) -> dict[str, Any]:
    """An activity's values as those of its row: the start goes with the day held, else the day planned."""
    planned_on, held_on, at = values["planned_on"], values["held_on"], values["start_time"]
    days = {
        "planned_on": planned_on and Start(planned_on, None if held_on else at),
        "held_on": held_on and Start(held_on, at),
    }
    return {**values, "project": project, **days}


def row_version(sheet: LedgerSheet, cells: Mapping[str, Any]) -> str:
    """The digest of a row, the same for every spelling of its words; blank cells do not count."""
    texts = []
    for column in sheet.columns:
        value = cells.get(column.field)
        if value != column.blank and value is not None:
            value = tuple(sorted(value)) if column.field == "kinds" else value
            texts.append(f"{column.field}={word_key(_text(cell_value(column, value)))}")
    return sha256("\n".join(texts).encode()).hexdigest()[:DIGITS]


def is_unedited(sheet: LedgerSheet, row: LedgerRow) -> bool:
    """Whether an exported row still has in the file what was exported."""
    return row.version != "" and row.version == row_version(sheet, row.values)


def field_changes(
    sheet: LedgerSheet, row: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[FieldChange]:
    """The fields whose cells differ; a new record has nothing before."""
    for column in sheet.columns:
        old, new = (_text(cell_value(column, cells.get(column.field))) for cells in (before, after))
        if old != new:
            yield FieldChange(sheet.name, row, column.heading, old, new)


def differences_text(
    sheet: LedgerSheet, row: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> str:
    """Both texts of every field that differs."""
    return "；".join(
        f"{change.field} 现在是{_shown(change.old)}，文件里是{_shown(change.new)}"
        for change in field_changes(sheet, row, before, after)
    )


def is_current(
    sheet: LedgerSheet,
    row: LedgerRow | RecordRow,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    findings: LedgerFindings,
) -> bool:
    """Whether a row that changes a record may: not when the record was changed since the export.

    A row that nobody edited in the file is passed over; an edited one is a problem. Both are shown.
    """
    if not row.version or row.version == row_version(sheet, before):
        return True
    differing = differences_text(sheet, row.number, before, after)
    if is_unedited(sheet, row) if isinstance(row, LedgerRow) else row.is_unedited:
        message = f"导出以后别人改过：{differing}。文件里这一行没有动过，保留现在的。"
        findings.add_warning(message, sheet=sheet.name, row=row.number)
    else:
        message = f"导出以后别人改过这一行：{differing}；请重新导出，在新文件里改"
        findings.add_problem(message, sheet, row=row.number)
    return False


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def _shown(text: str) -> str:
    return "（空）" if not text else text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def warn_of_labels(kind: LedgerRecordKind, new: Sequence[RecordRow], findings: LedgerFindings) -> None:
    """Warnings for the new rows of pushes and media reports; others have no such labels."""
    if kind.sheet is PUSHES:
        _warn_of_batches(new, findings)
    if kind.sheet in {PUSHES, REPORTS}:
        _warn_of_titles(kind, new, findings)


def _warn_of_batches(new: Sequence[RecordRow], findings: LedgerFindings) -> None:
    days: defaultdict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for row in new:
        if row.values["batch"]:
            label = row.values["project"], row.values["batch"]
            days[label].setdefault(row.values["published_on"], row.number)
    for (_, batch), rows in days.items():
        if len(rows) == 1:
            continue
        months = len({(day.year, day.month) for day in rows})
        counted = f"在 {months} 个月里，每月算一次" if months > 1 else "同一个月，只算一次"
        message = f"批次“{batch}”用在 {len(rows)} 天的推送上（{counted}）；不是同一次群发的请写不同的批次。"
        findings.add_warning(message, sheet=PUSHES.name, row=min(rows.values()), column="批次")


def _warn_of_titles(kind: LedgerRecordKind, new: Sequence[RecordRow], findings: LedgerFindings) -> None:
    first_rows: dict[Hashable, RecordRow] = {}
    for row in new:
        if row.values["link"]:
            continue
        label = (row.values["project"], row.values.get("outlet"), row.values["title"])
        first = first_rows.setdefault(label, row)
        if first is row or first.values["published_on"] == row.values["published_on"]:
            continue
        counted = "会算两篇" if kind.sheet is PUSHES else "只算一篇"
        message = f"没有链接，与第 {first.number} 行同名，日期不同，{counted}；是不同的文章请填链接。"
        findings.add_warning(message, sheet=kind.sheet.name, row=row.number)
