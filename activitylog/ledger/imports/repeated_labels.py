"""Tells of batch labels used on several days, and of titles without a link that come again."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import date

from activitylog.ledger.columns import PUSHES, REPORTS
from activitylog.ledger.imports.queries import RecordRow
from activitylog.ledger.imports.record_kinds import LedgerRecordKind
from activitylog.ledger.reading.findings import LedgerFindings


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
