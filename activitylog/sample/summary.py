"""What the loaded sample amounts to, in a few sentences."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.period import Period
from activitylog.indicators.actual import IndicatorActual
from activitylog.projects.models import Project
from activitylog.rollup.queries import actuals
from activitylog.sample.claim import SAMPLE_YEAR
from activitylog.surveys.models import PaperTally, Response
from activitylog.surveys.rules import GRADE_FIELDS


def sentences(session: Session) -> Iterator[str]:
    """Years, counts, and the indicators missed at the end of the sample's year."""
    years = session.scalars(select(Project.year).where(Project.is_sample).distinct().order_by(Project.year))
    told = "、".join(f"{year}年" for year in years)
    projects = session.scalar(select(func.count(Project.id)).where(Project.is_sample))
    activities = session.scalar(select(func.count(Activity.id)).where(Activity.is_sample))
    yield (
        f"已装入示例（{told}）：项目 {projects} 个、活动 {activities} 场、"
        f"扫码答卷 {_on_screen(session):,} 份、纸质问卷 {_on_paper(session):,} 份。"
    )
    rows = [row for row in actuals(session, Period(SAMPLE_YEAR, 12)) if row.is_reached is not None]
    missed = [row for row in rows if not row.is_reached]
    yield f"{SAMPLE_YEAR}年底 {len(rows)} 个定量指标中 {len(missed)} 个未达标："
    yield from (_missed(row) for row in missed)
    yield "示例记录都有标记，用 activitylog sample remove 可一次移除。"


def _missed(row: IndicatorActual) -> str:
    promise = f"{row.operator}{row.target_text}{row.unit}"
    return f"  {row.project} · {row.indicator}：{row.value_text}{row.unit}（目标 {promise}）"


def _on_screen(session: Session) -> int:
    answers = select(func.count(Response.id)).join(Activity, Activity.id == Response.activity_id)
    return session.scalar(answers.where(Activity.is_sample)) or 0


def _on_paper(session: Session) -> int:
    forms = sum((getattr(PaperTally, field) for field in GRADE_FIELDS), start=0)
    counted = select(func.sum(forms)).join(Activity, Activity.id == PaperTally.activity_id)
    return session.scalar(counted.where(Activity.is_sample)) or 0
