"""Queries of what is marked as sample, and the sentences that sum it up."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.period import Period, business_day, day_label
from activitylog.errors import Refused
from activitylog.projects.models import Project
from activitylog.rollup.models import JobRun
from activitylog.rollup.queries import actuals
from activitylog.sample.rules import SAMPLE_YEAR
from activitylog.surveys.models import PaperTally, Response

LOADED = JobRun.job == (LOADING := "sample_load")


def check_free(session: Session) -> None:
    """Refuse when the sample is loaded, or its year has records of the office."""
    loaded_at = session.scalar(select(JobRun.started_at).where(LOADED))
    if loaded_at is not None:
        day = business_day(loaded_at)
        raise Refused(
            f"示例数据已经装入（{day.year}年{day_label(day)}），没有重复装入。"
            "要重新装入，请先运行 activitylog sample remove。"
        )
    if is_used(session, SAMPLE_YEAR):
        raise Refused(
            f"{SAMPLE_YEAR}年已经有正式的申报表，示例也是{SAMPLE_YEAR}年的，不能装在一起；没有改动任何内容。"
            "想看示例，请把 ACTIVITYLOG_DATA_DIR 设为一个空目录再装。"
        )


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How much of the sample there is; no project when it is not loaded."""

    years: tuple[int, ...]
    projects: int
    activities: int


def sample_size(session: Session) -> SampleSize:
    years = session.scalars(select(Project.year).where(Project.is_sample)).all()
    activities = session.scalar(select(func.count()).where(Activity.is_sample)) or 0
    return SampleSize(tuple(sorted(set(years))), len(years), activities)


def is_used(session: Session, year: int) -> bool:
    """Whether the year has projects, or an activity has a number of it, which the sample would use."""
    declared, numbered = Project.year == year, Activity.number.startswith(f"{year}-")
    return bool(session.scalar(select(or_(exists().where(declared), exists().where(numbered)))))


def summary_sentences(session: Session) -> Iterator[str]:
    """Years, counts, and the indicators missed at the end of the sample's year."""
    years = session.scalars(select(Project.year).where(Project.is_sample).order_by(Project.id)).all()
    numbers = select(Activity.id).where(Activity.is_sample)
    activities = session.scalar(select(func.count()).where(Activity.is_sample))
    answers = session.scalar(select(func.count()).where(Response.activity_id.in_(numbers)))
    tallies = select(PaperTally).where(PaperTally.activity_id.in_(numbers))
    on_paper = sum(tally.total for tally in session.scalars(tallies))
    yield (
        f"已装入示例（{'、'.join(f'{year}年' for year in dict.fromkeys(years))}）：项目 {len(years)} 个、"
        f"活动 {activities} 场、扫码答卷 {answers:,} 份、纸质问卷 {on_paper:,} 份。"
    )
    rows = [row for row in actuals(session, Period(SAMPLE_YEAR, 12)) if None not in (row.target, row.value)]
    missed = [row for row in rows if not row.is_reached]
    yield f"{SAMPLE_YEAR}年底 {len(rows)} 个定量指标中 {len(missed)} 个未达标："
    for row in missed:
        promise = f"{row.operator}{row.plain_target}{row.unit}"
        yield f"  {row.project} · {row.indicator}：{row.plain_value}{row.unit}（目标 {promise}）"
    yield "示例记录都有标记，用 activitylog sample remove 可一次移除。"
