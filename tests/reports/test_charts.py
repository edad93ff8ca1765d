"""The charts of an indicator: labels on phones, thousands and signs."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.reports.charts import MonthColumn, month_columns, positions_labelled_on_phones
from activitylog.rollup.drilldown import month_sums
from activitylog.rollup.queries import actuals, last_rolled_up
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator

NOW = datetime(2025, 1, 2, 4, tzinfo=UTC)


def columns_of(*figures: str, shown: int = 12, adjusted: tuple[int, ...] = ()) -> list[MonthColumn]:
    """The months from January on, as high as their figures are long; `adjusted` counts from 1."""
    return [
        MonthColumn(
            figure=figure,
            own=float(len(figure)),
            adjustment=0.1 if month in adjusted else 0.0,
            is_current=month == shown,
            is_later=month > shown,
        )
        for month, figure in enumerate(figures, start=1)
    ]


def labelled(columns: list[MonthColumn]) -> list[int]:
    return sorted(position + 1 for position in positions_labelled_on_phones(columns))


def test_short_figures_all_have_room() -> None:
    assert labelled(columns_of("9", "", "120", "−12")) == [1, 3, 4]


def test_of_long_figures_the_latest_and_the_highest_are_labelled() -> None:
    columns = columns_of("1,001", "1,002", "1,003", "1,004", "1,005", "1,006")
    columns[1] = replace(columns[1], own=9.0)
    assert labelled(columns) == [2, 6]


def test_no_two_long_figures_stand_side_by_side() -> None:
    columns = columns_of("1,001", "1,002", "1,003", adjusted=(1, 2))
    columns[1] = replace(columns[1], own=9.0)
    assert labelled(columns) == [1, 3]


def test_months_after_the_one_looked_at_are_not_labelled() -> None:
    assert labelled(columns_of("1,001", "1,002", "1,003", "1,004", shown=2)) == [2]
    assert labelled(columns_of("", "", shown=2)) == []


@pytest.mark.parametrize(
    ("measure", "unit", "figures"),
    [("people_reached", "人", ["1,203", "2.0万", "1,203"]), ("quality_rate", "%", ["100%", "100%", "100%"])],
)
def test_figures_have_thousands_and_signs_and_later_months_are_marked(
    session: Session, measure: str, unit: str, figures: list[str]
) -> None:
    project = make_project(session)
    indicator = make_indicator(session, project, measure, target="90", unit=unit)
    for month, heads in enumerate((1_203, 20_000, 1_203), start=1):
        make_activity(session, project, held_on=date(2024, month, 3), audience_onsite=heads, now=NOW)
    roll_up(session, Period(2024, 3), now=NOW)
    (row,) = actuals(session, Period(2024, 2))
    drawn = month_columns(
        row,
        month_sums(session, indicator.id, Period(2024, 12)),
        last_rolled_up=last_rolled_up(session, 2024),
        is_open=False,
        address=str,
    )
    assert [column.figure for column in drawn.months[:4]] == [*figures, ""]
    assert [column.is_later for column in drawn.months[:4]] == [False, False, True, True]
