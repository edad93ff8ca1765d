"""The commands `activitylog rollup …` and `actuals`: roll up, close, reopen, audit; print figures."""

import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

import click

from activitylog.audit.discrepancies.operations import store_discrepancies
from activitylog.core.commands import reading_session, writing_session
from activitylog.core.period import Period, business_day, shanghai_text, utc_now
from activitylog.errors import Refused
from activitylog.indicators.actual import IndicatorActual
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.periods.operations import LONGEST_REOPENING, close_period, reopen_period
from activitylog.rollup.periods.pending.queries import pending_list
from activitylog.rollup.queries import actuals, record_roll_up
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import replace_findings, run_self_audit, uncounted_findings
from activitylog.rollup.self_audit.rules import book_discrepancies


@click.group()
def rollup() -> None:
    """Roll up months from the facts, close them and reopen them."""


@rollup.command("run")
@click.argument("period", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the actuals as JSON.")
def run(period: str | None, *, as_json: bool) -> None:
    """Roll up PERIOD (YYYY-MM, default last month) and every open month it depends on."""
    month = period_or_last(period)
    with writing_session() as session:
        now = utc_now()
        months = roll_up(session, month, now=now)
        record_roll_up(session, months, now=now)
        rows = actuals(session, month)
    if as_json:
        click.echo(_as_json(month, rows, is_rolled_up=True))
        return
    click.echo(f"已汇总{months[0].label}" + (f"至{months[-1].label}" if len(months) > 1 else "") + "。")
    _print(rows)


@rollup.command("close")
@click.argument("period")
def close(period: str) -> None:
    """Freeze PERIOD and the open months of its year before it; print what was pending in them."""
    with writing_session() as session:
        pending = pending_list(session, Period.parse(period))
        months = close_period(session, Period.parse(period), by=None, now=utc_now())
    for month, matters in groupby(pending.matters, key=lambda matter: matter.period):
        click.echo(f"{month.label}没办的：")
        for each in matters:
            click.echo(f"  {each.text}")
    if not pending.matters:
        click.echo("没有未办的事。")
    click.echo("已结账：" + "、".join(month.label for month in months) + "。")


@rollup.command("reopen")
@click.argument("period")
@click.option("--reason", required=True, help="Why the closed month is reopened.")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_REOPENING.days),
    default=7,
    show_default=True,
    help="Days until the month is closed again by itself.",
)
def reopen(period: str, *, reason: str, days: int) -> None:
    """Open closed PERIOD, and the closed months after it, for a new revision."""
    now = utc_now()
    with writing_session() as session:
        months = reopen_period(
            session,
            Period.parse(period),
            reason=reason,
            until=now + timedelta(days=days),
            by=None,
            now=now,
        )
    listed = "、".join(month.label for month in months)
    click.echo(f"已反结账：{listed}；原有的数已另存为旧版，{days} 天内请重新汇总并结账。")


@rollup.command("audit")
def audit() -> None:
    """Check every actual against its postings, and every closed month against its digest."""
    now = utc_now()
    with writing_session() as session:
        findings = run_self_audit(session, now)
        uncounted = uncounted_findings(session)
        replace_findings(session, [*findings, *uncounted], now)
        store_discrepancies(session, book_discrepancies(findings), now=now)
    for each in uncounted:
        click.echo(f"提示：{each.message}", err=True)
    if findings:
        listed = "\n".join(f"  {each.message}" for each in findings)
        raise Refused(f"自查发现 {len(findings)} 处不符：\n{listed}")
    click.echo("自查完毕，账目与记录一致。")


@click.command("actuals")
@click.argument("period", required=False)
@click.option("--project", help="Only the project of this name.")
@click.option("--live", is_flag=True, help="Current figures from the facts, not yet rolled up.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show_actuals(period: str | None, project: str | None, *, live: bool, as_json: bool) -> None:
    """Print every indicator's actual at the end of PERIOD."""
    month = period_or_last(period)
    with reading_session() as session:
        read = live_actuals if live else actuals
        rows = read(session, month, project=project)
    is_rolled_up = not live and any(row.posted_at for row in rows)
    if as_json:
        click.echo(_as_json(month, rows, is_rolled_up=is_rolled_up))
        return
    if not rows:
        click.echo(f"{month.year}年还没有申报指标，请先用 activitylog declaration import 导入申报表。")
    elif not is_rolled_up and not live:
        click.echo(
            f"{month.label}还没有汇总，可加 --live 查看当前数，或运行 activitylog rollup run {month}。"
        )
    _print(rows)


def period_or_last(text: str | None) -> Period:
    return Period.parse(text) if text else Period.of(business_day(utc_now())).previous


def _print(rows: Sequence[IndicatorActual]) -> None:
    for row in rows:
        value = row.plain_value or "—"
        unit = row.unit if row.value is not None else ""
        target_text = f"{row.operator}{row.plain_target}{row.unit}"
        click.echo(f"{row.project}\t{row.indicator}\t{target_text}\t{value}{unit}\t{row.records} 条记录")


def _as_json(period: Period, rows: Sequence[IndicatorActual], *, is_rolled_up: bool) -> str:
    moments = [row.posted_at for row in rows if row.posted_at is not None] if is_rolled_up else []
    document = {
        "period": str(period),
        "as_of": shanghai_text(max(moments) if moments else utc_now()),
        "booked": is_rolled_up,
        "actuals": [_actual(row) for row in rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _actual(row: IndicatorActual) -> dict[str, Any]:
    return {
        "project": row.project,
        "indicator": row.indicator,
        "level1": row.level1,
        "level2": row.level2,
        "operator": row.operator,
        "target": row.plain_target,
        "unit": row.unit,
        "measure": row.measure.key if row.measure else None,
        "value": row.plain_value,
        "amount": row.amount,
        "base": row.base,
        "records": row.records,
        "adjustments": row.adjustments,
        "reached": row.is_reached,
        "light": row.status.value if row.status else None,
    }
