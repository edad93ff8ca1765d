"""What merging spellings does to figures, in closed months and in open ones."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.core.period import Period
from activitylog.pages.spellings.models import SpellingPair
from activitylog.pages.spellings.operations import merge_spelling
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import run_self_audit
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator

NOW = datetime(2024, 7, 1, 4, 0, tzinfo=UTC)
MAY, JUNE = Period(2024, 5), Period(2024, 6)


def figures(session: Session) -> list[int | None]:
    roll_up(session, JUNE, now=NOW)
    return [actuals(session, month)[0].amount for month in (MAY, JUNE)]


@pytest.mark.parametrize(("twin", "merged"), [(True, [2, 1]), (False, [1, 1])])
def test_a_closed_month_keeps_its_figure_and_the_open_one_makes_up_for_it(
    session: Session, twin: bool, merged: list[int]
) -> None:
    project = make_project(session)
    make_indicator(session, project, "pushes")
    for key in ("http://a.cn/1", "https://a.cn/1")[: 1 + twin]:
        make_push(session, project, published_on=date(2024, 5, 6)).article_key = key
    roll_up(session, MAY, now=NOW)
    close_period(session, MAY, by=None, now=NOW)
    assert figures(session) == [1 + twin, 1 + twin]
    pair = SpellingPair(sort="push", stays="https://a.cn/1", other="http://a.cn/1", district="")
    session.add(pair)
    session.flush()
    merge_spelling(session, pair, by=make_user(session, role=Role.MANAGER), now=NOW)
    assert figures(session) == merged
    assert [found.message for found in run_self_audit(session, NOW) if found.period in (MAY, JUNE)] == []
