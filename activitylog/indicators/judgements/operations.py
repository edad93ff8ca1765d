"""Judges qualitative indicators: one person grades, a second confirms; a new judgement replaces the old."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period, business_day
from activitylog.core.records import limited_text
from activitylog.errors import BadInput, PeriodClosed, Refused
from activitylog.files.operations import StoredDocument, add_stored_file
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.judgements.models import Judgement, JudgementFile
from activitylog.indicators.judgements.queries import current_judgement
from activitylog.indicators.judgements.rules import GRADE_LABELS, Grade, check_ratio
from activitylog.projects.models import Indicator

LONGEST_TEXT = 1000
MOST_FILES = 10  # of one judgement


class JudgementDetails(TypedDict):
    """What a person writes of a judgement; `files` are all of its evidence, also those of an earlier one."""

    grade: Grade
    ratio: int
    reason: str
    evidence: str
    files: NotRequired[Sequence[StoredDocument]]


def judge(
    session: Session,
    indicator: Indicator,
    period: Period,
    *,
    by: User | None,
    now: datetime,
    **details: Unpack[JudgementDetails],
) -> Judgement:
    """Grade a qualitative indicator at a month's end; it counts before a second person confirms it."""
    lock_roll_up(session)
    check_month(session, indicator, period, now)
    judgement = _new_judgement(session, details, by, now)
    judgement.indicator_id, judgement.period = indicator.id, period
    judgement.judged_by_id, judgement.judged_at = by.id if by else None, now
    _refuse_repetition(current_judgement(session, indicator, period), judgement)
    session.add(judgement)
    session.flush()
    return judgement


def confirm_judgement(session: Session, judgement: Judgement, *, by: User, now: datetime) -> None:
    """Confirm a judgement as the second person."""
    lock_roll_up(session)
    session.refresh(judgement, with_for_update=True)
    if judgement.confirmed_at is not None:
        raise Refused("这次评定已经复核过，不用再复核。")
    if judgement.judged_by_id == by.id:
        raise Refused("评定和复核应由两个人完成，请另一位有审核权限的同事复核。")
    indicator = session.get_one(Indicator, judgement.indicator_id)
    current = current_judgement(session, indicator, judgement.period)
    if current is None or current.id != judgement.id:
        raise Refused("这次评定已被新的评定替代，请返回刷新，看过新的评定再复核。")
    judgement.confirmed_by_id, judgement.confirmed_at = by.id, now
    session.flush()


def _new_judgement(session: Session, details: JudgementDetails, by: User | None, now: datetime) -> Judgement:
    """The judgement with its files, not yet of an indicator; refused when something of it is wrong."""
    grade, reason, evidence = details["grade"], details["reason"], details["evidence"]
    files, by_id = details.get("files", ()), by.id if by else None
    check_ratio(grade, details["ratio"])
    _check_evidence(grade, reason, evidence, files)
    if len(files) > MOST_FILES:
        raise BadInput(f"一次评定最多附 {MOST_FILES} 个文件，请去掉几个。", field="files")
    return Judgement(
        grade=grade,
        ratio=details["ratio"],
        reason=limited_text(reason, LONGEST_TEXT, thing="理由", field="reason"),
        evidence=limited_text(evidence, LONGEST_TEXT, thing="依据", field="evidence"),
        files=[
            JudgementFile(
                position=place,
                name=each.name,
                file=add_stored_file(session, each.content, by_id=by_id, now=now),
            )
            for place, each in enumerate(files, 1)
        ],
    )


def _check_evidence(grade: Grade, reason: str, evidence: str, files: Sequence[StoredDocument]) -> None:
    """Refuse a lower grade without a reason or any evidence."""
    if grade is Grade.REACHED or (reason.strip() and (evidence.strip() or files)):
        return
    missing, field = ("依据", "evidence") if reason.strip() else ("理由", "reason")
    raise BadInput(f"评为“{GRADE_LABELS[grade]}”的，请写明{missing}。", field=field)


def check_month(session: Session, indicator: Indicator, period: Period, now: datetime) -> None:
    """Refuse a month that cannot be judged; asked before its files are taken in, too."""
    if not indicator.is_qualitative:
        raise Refused(f"指标“{indicator.name}”是定量指标，完成值由记录计算，不用评定。")
    if period.year != indicator.project.year:
        raise BadInput(f"这是{indicator.project.year}年的指标，不能评定{period.label}。")
    if period.first_day > business_day(now):
        raise Refused(f"{period.label}还没有到，不能评定。")
    if session.get(Closing, period) is not None:
        raise PeriodClosed(f"{period.label}已经结账，不能再评定；请评定下一个未结账的月份，或先反结账。")


def _refuse_repetition(current: Judgement | None, new: Judgement) -> None:
    """Refuse a judgement equal to the current one: a form sent twice, or agreement in the wrong place."""
    same = ("period", "grade", "ratio", "reason", "evidence", "material")
    if current is not None and all(getattr(current, name) == getattr(new, name) for name in same):
        raise Refused("与现有的评定完全相同，没有再记一次；同意现有评定的，请由第二人复核。")
