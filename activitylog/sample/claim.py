"""Who is loading the sample and whether it is whole: one row among the jobs, checked at every chunk."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from activitylog.core.period import Period, business_day, day_label
from activitylog.errors import Refused
from activitylog.rollup.models import JobRun

SAMPLE_YEAR = 2024
LOADING = "sample_load"
_KEY = (LOADING, Period(SAMPLE_YEAR, 1))


def claim(session: Session, *, holder: str, now: datetime) -> None:
    """Begin a loading, taking over one that never ended; refuses when the sample is whole."""
    run = session.get(JobRun, _KEY, with_for_update=True)
    if run is None:
        run = JobRun(job=LOADING, period=_KEY[1], is_done=False)
        session.add(run)
    elif run.is_done:
        day = business_day(run.started_at)
        raise Refused(
            f"示例数据已经装入（{day.year}年{day_label(day)}），没有重复装入。"
            "要重新装入，请先运行 activitylog sample remove。"
        )
    run.holder, run.started_at, run.ended_at, run.outcome = holder, now, None, ""
    session.flush()


def check_ours(session: Session, holder: str) -> None:
    """Hold the claim for this transaction; refuses when another loading or a removal came in between."""
    claimed = select(JobRun.holder).where(JobRun.job == LOADING).with_for_update()
    if session.scalar(claimed) != holder:
        raise Refused("示例数据正由另一个进程装入或移除，这一次的装入已经停下。")


def finish(session: Session, *, now: datetime) -> None:
    """Say that the sample is whole."""
    run = session.get_one(JobRun, _KEY)
    run.is_done, run.ended_at = True, now
    session.flush()


def release(session: Session) -> None:
    """Forget the loading, waiting for the end of a chunk under way."""
    session.execute(delete(JobRun).where(JobRun.job == LOADING))
