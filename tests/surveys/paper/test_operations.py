from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.errors import BadInput, IllegalChange, Missing
from activitylog.surveys.models import PaperTally
from activitylog.surveys.paper.operations import withdraw_paper_tally
from tests.factories.surveys import NOON, make_paper_tally, make_surveyed_activity

LATER = NOON + timedelta(days=7)


def test_a_pile_of_paper_is_counted_as_typed(session: Session) -> None:
    activity = make_surveyed_activity(session)
    tally = make_paper_tally(session, activity, very_satisfied=12, neutral=1)
    assert (tally.very_satisfied, tally.satisfied, tally.neutral, tally.created_at) == (12, 0, 1, NOON)


def test_an_empty_pile_and_negative_counts_are_refused_at_their_field(session: Session) -> None:
    activity = make_surveyed_activity(session)
    with pytest.raises(BadInput) as empty:
        make_paper_tally(session, activity)
    with pytest.raises(BadInput) as negative:
        make_paper_tally(session, activity, very_satisfied=3, dissatisfied=-1)
    assert (empty.value.field, negative.value.field) == ("very_satisfied", "dissatisfied")


def test_a_withdrawn_pile_stays_with_its_reason_and_cannot_be_withdrawn_twice(session: Session) -> None:
    activity = make_surveyed_activity(session)
    tally = make_paper_tally(session, activity, satisfied=5)
    withdraw_paper_tally(session, activity_id=activity.id, tally_id=tally.id, reason="重复登记", now=LATER)
    kept = session.scalars(select(PaperTally)).one()
    assert (kept.withdrawn_at, kept.withdrawn_reason) == (LATER, "重复登记")
    with pytest.raises(IllegalChange):
        withdraw_paper_tally(session, activity_id=activity.id, tally_id=tally.id, reason="再来", now=LATER)


def test_a_pile_is_withdrawn_only_from_its_own_activity_and_with_a_reason(session: Session) -> None:
    activity, other = make_surveyed_activity(session), make_surveyed_activity(session)
    tally = make_paper_tally(session, activity, satisfied=5)
    with pytest.raises(Missing):
        withdraw_paper_tally(session, activity_id=other.id, tally_id=tally.id, reason="错", now=LATER)
    with pytest.raises(BadInput):
        withdraw_paper_tally(session, activity_id=activity.id, tally_id=tally.id, reason=" ", now=LATER)
