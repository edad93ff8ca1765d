"""What the project pages read besides the actuals: twelve months of every indicator, and the money."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.projects.models import Indicator
from activitylog.rollup.models import Actual


def histories(session: Session, project_ids: Sequence[int], year: int) -> dict[int, list[Actual]]:
    """The booked months of a year in order, by indicator id."""
    rows = session.scalars(
        select(Actual)
        .join(Indicator, Indicator.id == Actual.indicator_id)
        .where(
            Indicator.project_id.in_(project_ids),
            Actual.period.between(Period(year, 1), Period(year, 12)),
        )
        .order_by(Actual.period)
    )
    months: dict[int, list[Actual]] = defaultdict(list)
    for actual in rows:
        months[actual.indicator_id].append(actual)
    return months
