"""The sample year contains every feature to demonstrate."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, Photo
from activitylog.activities.photos.rules import are_similar
from activitylog.activities.rules import QualityItem
from activitylog.core.period import Period, year_periods
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.status import IndicatorStatus
from activitylog.indicators.targets.models import MonthlyPlan, TargetAdjustment
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.periods.operations import period_digest
from activitylog.rollup.queries import actuals
from activitylog.surveys.models import ExclusionDecision, HostResponse, PaperTally, Response
from activitylog.surveys.rules import ExclusionStep


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_two_months_are_closed_once_more_after_a_reopening_with_its_reason(sample: Session) -> None:
    closed = sample.scalars(select(Closing).where(Closing.period.between(Period(2024, 1), Period(2024, 12))))
    assert {each.period: each.revision for each in closed} == {Period(2024, 1): 1, Period(2024, 2): 2}
    reopening = sample.scalars(select(Reopening).where(Reopening.period == Period(2024, 2))).one()
    assert "误录为 470 人" in reopening.reason
    closing = sample.get_one(Closing, Period(2024, 2))
    assert closing.digest == period_digest(sample, Period(2024, 2)) != reopening.digest


def test_a_record_entered_late_counts_as_an_adjustment_of_the_next_open_month(sample: Session) -> None:
    rows = {(row.project, row.indicator): row for row in actuals(sample, Period(2024, 3))}
    assert rows["惠民科普直通车", "直通车走进村居数量"].adjustments == 1
    assert not any(row.adjustments for row in actuals(sample, Period(2024, 2)))


def test_three_judgements_are_current_and_one_is_confirmed(sample: Session) -> None:
    december = select(Judgement).where(Judgement.period == Period(2024, 12))
    judgements = sample.scalars(december).all()
    assert len(judgements) == 3
    (confirmed,) = [each for each in judgements if each.confirmed_at]
    assert confirmed.confirmed_by_id != confirmed.judged_by_id


def test_every_missed_indicator_has_its_reason_written(sample: Session) -> None:
    explained = set(
        sample.scalars(select(Deviation.indicator_id).where(Deviation.period == Period(2024, 12)))
    )
    missed = {
        row.indicator_id
        for row in actuals(sample, Period(2024, 12))
        if row.is_reached is False and row.target is not None
    }
    assert missed <= explained


def test_photos_prove_activities_and_no_two_look_alike(sample: Session) -> None:
    photos = sample.scalars(select(Photo)).all()
    assert len({photo.activity_id for photo in photos}) == 6
    prints = [photo.fingerprint for photo in photos]
    assert not any(are_similar(one, two) for place, one in enumerate(prints) for two in prints[:place])
    failed = sample.scalars(select(Activity).where(Activity.number == "2024-0142")).one()
    assert failed.quality_from_items
    assert failed.quality_met is False
    assert QualityItem.PHOTOS not in {check.item for check in failed.checks}


def test_odd_answers_are_left_out_with_a_reason(sample: Session) -> None:
    ruling = sample.scalars(select(ExclusionDecision)).one()
    assert (ruling.step, ruling.answers) == (ExclusionStep.EXCLUDED, 6)
    assert "23:40" in ruling.reason
    left_out = select(func.count()).where(Response.exclusion_id == ruling.id, Response.flags != 0)
    assert sample.scalar(left_out) == 6


def test_a_target_is_adjusted_and_reached(sample: Session) -> None:
    adjusted = sample.scalars(select(TargetAdjustment)).one()
    row = next(row for row in actuals(sample, Period(2024, 12)) if row.indicator_id == adjusted.indicator_id)
    assert (row.target, row.is_reached) == (62, True)


def test_sites_answer_papers_are_counted_and_plans_made(sample: Session) -> None:
    assert count(sample, HostResponse) > 20
    assert count(sample, PaperTally) > 30
    assert count(sample, MonthlyPlan) == 2 * 5 * 12


def test_every_status_occurs(sample: Session) -> None:
    shown = {row.status for month in year_periods(2024) for row in actuals(sample, month)}
    assert shown >= set(IndicatorStatus)
