"""Which pushes count, and when an activity was published in time."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from activitylog.core.records import withdraw_record
from activitylog.publicity.facts import push_facts, release_facts
from tests.factories.activities import make_activity
from tests.factories.publicity import NOW, make_push

HELD = date(2024, 6, 10)


@pytest.mark.parametrize(
    ("published_on", "on_time"), [(HELD, 1), (date(2024, 6, 13), 1), (date(2024, 6, 14), 0)]
)
def test_an_article_within_three_days_is_in_time(session: Session, published_on: date, on_time: int) -> None:
    make_push(session, activity=make_activity(session, held_on=HELD), published_on=published_on)
    row = session.execute(release_facts()).one()
    assert (row.occurred_on, row.on_time, row.due) == (date(2024, 6, 13), on_time, 1)


def test_an_activity_without_an_article_is_not_in_time(session: Session) -> None:
    make_activity(session, held_on=HELD)
    make_push(session, published_on=HELD)
    assert session.execute(release_facts()).one().on_time == 0


def test_a_withdrawn_push_counts_nowhere(session: Session) -> None:
    push = make_push(session, activity=make_activity(session, held_on=HELD), published_on=HELD)
    withdraw_record(session, push, reason="重复", now=NOW)
    assert session.execute(push_facts()).all() == []
    assert session.execute(release_facts()).one().on_time == 0
