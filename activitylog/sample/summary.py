"""Summarises the loaded sample in a few sentences."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.period import Period
from activitylog.projects.models import Project
from activitylog.rollup.queries import actuals
from activitylog.sample.ledger import SAMPLE_YEAR
from activitylog.surveys.models import PaperTally, Response
from activitylog.surveys.rules import GRADE_FIELDS


def sentences(session: Session) -> Iterator[str]:
    """Years, counts, and the indicators missed at the end of the sample's year."""
    years = session.scalars(select(Project.year).where(Project.is_sample).distinct().order_by(Project.year))
    named = "、".join(f"{year}年" for year in years)
    projects = session.scalar(select(func.count(Project.id)).where(Project.is_sample))
    activities = session.scalar(select(func.count(Activity.id)).where(Activity.is_sample))
    on_paper = func.sum(sum((getattr(PaperTally, field) for field in GRADE_FIELDS), start=0))
    yield (
        f"已装入示例（{named}）：项目 {projects} 个、活动 {activities} 场、"
        f"扫码答卷 {_response_count(session, func.count(), Response):,} 份、"
        f"纸质问卷 {_response_count(session, on_paper, PaperTally):,} 份。"
    )
    rows = [row for row in actuals(session, Period(SAMPLE_YEAR, 12)) if None not in (row.target, row.value)]
    missed = [row for row in rows if not row.is_reached]
    yield f"{SAMPLE_YEAR}年底 {len(rows)} 个定量指标中 {len(missed)} 个未达标："
    for row in missed:
        promise = f"{row.operator}{row.plain_target}{row.unit}"
        yield f"  {row.project} · {row.indicator}：{row.plain_value}{row.unit}（目标 {promise}）"
    yield "示例记录都有标记，用 activitylog sample remove 可一次移除。"


def _response_count(session: Session, counted: Any, model: Any) -> int:
    of_sample = select(Activity.id).where(Activity.is_sample)
    return session.scalar(select(counted).where(model.activity_id.in_(of_sample))) or 0
