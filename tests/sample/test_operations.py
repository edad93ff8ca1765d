from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.database import all_tables, make_engine
from activitylog.core.period import Period, year_periods
from activitylog.errors import Refused
from activitylog.files.store import FileStore
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.models import Rule
from activitylog.indicators.status import IndicatorStatus
from activitylog.projects.models import Project
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.models import JobRun
from activitylog.rollup.queries import actuals
from activitylog.rollup.roll_up_range import due_months
from activitylog.sample.operations import load_sample
from activitylog.sample.queries import check_free
from activitylog.surveys.models import AnsweredDevice, Response
from tests.databases import TRAIL_KEYS
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.sample.conftest import NOW, Loaded, Rows, every_row, run, session_on

DECEMBER = Period(2024, 12)
AT_NEW_YEAR = datetime(2026, 1, 1, 2, tzinfo=UTC)
LEFT_TO_CHANCE = {"password_hash", "survey_token", "host_token", "holder"}


def figures(session: Session) -> dict[tuple[str, str], IndicatorActual]:
    return {(row.project, row.indicator): row for row in actuals(session, DECEMBER)}


def test_the_year_is_as_busy_as_a_real_one(sample: Session) -> None:
    of_2024 = select(Activity.id).where(Activity.number.startswith("2024-"))
    assert 185 <= len(sample.scalars(of_2024).all()) <= 210
    answers = select(func.count(Response.id)).where(Response.activity_id.in_(of_2024))
    assert 2_000 <= (sample.scalar(answers) or 0) <= 4_000
    devices = select(func.count()).select_from(AnsweredDevice)
    assert sample.scalar(devices) == (sample.scalar(select(func.count(Response.id))) or 0)


def test_every_sample_record_is_marked(sample: Session) -> None:
    years = select(Project.year, func.count()).where(Project.is_sample).group_by(Project.year)
    assert dict(sample.execute(years).all()) == {2024: 5, 2026: 5}
    own = select(Activity.number).where(~Activity.is_sample)
    assert sample.scalars(own).all() == ["2025-0001"]
    assert sample.scalars(select(User.name).where(~User.is_sample)).all() == ["张三"]


def test_what_happens_once_is_planned_by_its_event(sample: Session) -> None:
    may, june, september = (
        {(row.project, row.indicator): row for row in actuals(sample, Period(2024, month))}
        for month in (5, 6, 9)
    )
    main_event = ("大型科普活动", "科普日主场重点活动")
    pushed = ("大型科普活动", "微信公众号推送活动数")
    yards = ("科普资源配送", "建设科技小院完成数")
    assert [may[each].planned_figure for each in (main_event, pushed, yards)] == [0, 0, 0]
    assert [may[each].status for each in (main_event, pushed, yards)] == [IndicatorStatus.GREEN] * 3
    assert june[yards].planned_figure == 1
    assert [september[each].planned_figure for each in (main_event, pushed, yards)] == [1, 1, 1]
    assert all(row.planned is None for row in may.values() if row.indicator == "活动受众人数")


def test_some_indicators_are_missed_and_some_overshot(sample: Session) -> None:
    rows = figures(sample).values()
    missed = [row.indicator for row in rows if row.is_reached is False and row.target is not None]
    assert {"下乡服务完成次数", "科普活动质量达标率", "媒体报道影响力提升情况", "达标率", "及时率"} == set(
        missed
    )
    counted = [row for row in rows if row.value and row.target and not row.is_percentage]
    overshot = [row.indicator for row in counted if row.value > row.target * 13 / 10]  # type: ignore[operator]
    assert len(overshot) >= 3
    assert "受众人数" in overshot


def test_promised_figures(sample: Session) -> None:
    year = figures(sample)
    assert year["科普资源配送", "下乡服务完成次数"].amount == 18
    assert (year["科普资源配送", "科普活动质量达标率"].amount or 0) + 1 == year[
        "科普资源配送", "科普活动质量达标率"
    ].base
    assert year["大型科普活动", "科普日主场重点活动"].amount == 1
    assert year["大型科普活动", "受众区域覆盖数"].amount == 16
    assert year["基层科普服务", "覆盖面"].amount == 16
    assert year["科技会客厅-科学咖啡馆", "科技会客厅活动场次"].amount == 6
    assert year["大型科普活动", "成本节约率"].is_reached


@pytest.mark.parametrize(
    ("project", "low", "high"),
    [
        ("科技会客厅-科学咖啡馆", 94, 97),
        ("大型科普活动", 91, 95),
        ("科普资源配送", 91, 94),
        ("惠民科普直通车", 86.5, 89.5),
    ],
)
def test_satisfaction_differs_by_project(sample: Session, project: str, low: float, high: float) -> None:
    value = next(
        row.value for row in figures(sample).values() if row.project == project and "满意度" in row.indicator
    )
    assert value is not None
    assert low <= value <= high


@pytest.mark.parametrize("period", [Period(2024, 3), DECEMBER, Period(2026, 2)])
def test_every_actual_is_the_live_figure(sample: Session, period: Period) -> None:
    booked, live = actuals(sample, period), live_actuals(sample, period)
    assert len(booked) == 46
    assert [(row.amount, row.base, row.records) for row in booked] == [
        (row.amount, row.base, row.records) for row in live
    ]


def test_months_up_to_last_month_are_rolled_up_and_recorded_as_run(sample: Session) -> None:
    done = sample.scalars(select(JobRun.period).where(JobRun.job == "roll_up", JobRun.is_done)).all()
    assert set(done) >= {*year_periods(2024), *(Period(2026, month) for month in (1, 2))}
    assert all(month.year == 2025 for month in due_months(sample, NOW))


def test_the_proposed_rules_are_confirmed(sample: Session) -> None:
    assert sample.scalar(select(func.count()).select_from(Rule).where(Rule.confirmed_at.is_(None))) == 0


def test_every_loading_gives_the_same_records(loaded_sqlite: Loaded, loaded_postgresql: Loaded) -> None:
    with session_on(loaded_sqlite) as one, session_on(loaded_postgresql) as other:
        assert _facts(one) == _facts(other)


def is_left_to_chance(column: Column[Any]) -> bool:
    """Also a posting's own number: a statement writes many, in whatever order the database finds them."""
    return column.name in LEFT_TO_CHANCE or str(column) in {"posting.id", "past_posting.id", "past_actual.id"}


def _facts(session: Session) -> Rows:
    """Every table without what must never be the same twice."""
    facts = every_row(session)
    for name in facts:
        table = all_tables().tables[name]
        kept = [place for place, column in enumerate(table.columns) if not is_left_to_chance(column)]
        facts[table.name] = sorted(
            (tuple(row[place] for place in kept) for row in facts[table.name]), key=repr
        )
    return facts


def test_a_really_declared_sample_year_is_refused(session: Session) -> None:
    make_project(session, year=2024)
    with pytest.raises(Refused, match="2024年已经有正式的申报表"):
        check_free(session)


def test_a_year_with_own_records_is_left_alone(session: Session, tmp_path: Path) -> None:
    """Declared, or only with an activity whose number the sample's ledger would take for its own."""
    own = make_project(session, year=2026)
    load_sample(session, files=FileStore(tmp_path), now=AT_NEW_YEAR)
    assert session.scalars(select(Project.id).where(Project.year == 2026)).all() == [own.id]
    assert not session.scalars(select(User).where(User.is_enabled)).all()


def test_an_own_activity_numbered_like_the_samples_is_never_taken_for_one(session: Session) -> None:
    make_activity(
        session, make_project(session, year=2025), held_on=date(2025, 5, 1), number="2024-0007", now=NOW
    )
    with pytest.raises(Refused, match="2024"):
        check_free(session)


def test_what_a_failed_loading_did_is_undone_and_it_can_begin_anew(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("activitylog.sample.operations._roll_up_due", fail)
        assert run(database_url, tmp_path, "sample", "load").exit_code != 0
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        assert session.scalar(select(func.count(Project.id))) == 0
        check_free(session)
    engine.dispose()
