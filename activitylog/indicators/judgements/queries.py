"""Reads judgements: the current one at a month's end, and the history."""

from dataclasses import dataclass

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session, aliased, selectinload

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.judgements.models import Judgement, JudgementFile
from activitylog.indicators.judgements.rules import Judged
from activitylog.projects.models import Indicator
from activitylog.projects.queries import visible_to


def current_judgement_id(period: Period) -> ScalarSelect[int]:
    """Column of an indicator: its newest judgement of the latest judged month of the year up to this one."""
    return (
        select(Judgement.id)
        .where(
            Judgement.indicator_id == Indicator.id,
            Judgement.period.between(period.first_of_year, period),
        )
        .order_by(Judgement.period.desc(), Judgement.id.desc())
        .limit(1)
        .correlate(Indicator)
        .scalar_subquery()
    )


def current_judgement(session: Session, indicator: Indicator, period: Period) -> Judgement | None:
    """The judgement that is the indicator's actual at the month's end."""
    found: Judgement | None = session.scalar(
        select(Judgement)
        .join(Indicator, Indicator.id == Judgement.indicator_id)
        .where(Indicator.id == indicator.id, Judgement.id == current_judgement_id(period))
    )
    return found


def judged(judgement: Judgement) -> Judged:
    return Judged(
        grade=judgement.grade,
        ratio=judgement.ratio,
        period=judgement.period,
        is_confirmed=judgement.confirmed_at is not None,
    )


@dataclass(frozen=True, slots=True)
class JudgementLine:
    """A judgement with the names of who gave it and who confirmed it."""

    judgement: Judgement
    judged: Judged
    by: str
    confirmed_by: str


def judgements_of(session: Session, indicator: Indicator) -> list[JudgementLine]:
    """Every judgement of an indicator, the newest first."""
    judge, second = aliased(User), aliased(User)
    rows = session.execute(
        select(Judgement, judge.name, second.name)
        .outerjoin(judge, judge.id == Judgement.judged_by_id)
        .outerjoin(second, second.id == Judgement.confirmed_by_id)
        .where(Judgement.indicator_id == indicator.id)
        .options(selectinload(Judgement.files))
        .order_by(Judgement.id.desc())
    )
    return [JudgementLine(row, judged(row), by or "命令行", agreed or "") for row, by, agreed in rows]


def visible_judgement(session: Session, user: User | None, judgement_id: int) -> tuple[Judgement, Indicator]:
    """One judgement with its indicator, or Missing when there is none the person may see."""
    row = session.execute(
        select(Judgement, Indicator)
        .join(Indicator, Indicator.id == Judgement.indicator_id)
        .where(Judgement.id == judgement_id, visible_to(user, Indicator.project_id))
    ).one_or_none()
    if row is None:
        raise Missing("没有这次评定，或它不在您的项目里；请从指标页重新进入。")
    return row.Judgement, row.Indicator


def judgement_file(judgement: Judgement, position: int) -> JudgementFile:
    """One of the judgement's evidence files."""
    for each in judgement.files:
        if each.position == position:
            return each
    raise Missing("这次评定没有这份材料，请从评定页面重新进入。")
