"""Manual entries: figures typed in, with reason and evidence, for what no record can show."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core import records
from activitylog.core.period import business_day
from activitylog.errors import BadInput, Refused
from activitylog.indicators.measures import TYPED_IN
from activitylog.indicators.models import ManualEntry, Rule
from activitylog.projects.models import Indicator

LARGEST_AMOUNT = 1_000_000_000
LONGEST_TEXT = 500


def add_entry(
    session: Session,
    indicator: Indicator,
    *,
    amount: int,
    entered_on: date,
    reason: str,
    evidence: str,
    by: User | None,
    now: datetime,
) -> ManualEntry:
    """Add an entry to an indicator counted by hand; a negative amount corrects earlier ones, 0 is "none"."""
    if not is_manual(session, indicator):
        raise Refused(
            f"指标“{indicator.name}”由记录计数，不能人工填报；确需填报，请先把计量方式改为人工填报。"
        )
    if abs(amount) > LARGEST_AMOUNT:
        raise BadInput(f"数量应为不超过 {LARGEST_AMOUNT:,} 的整数，更正多填的用负数。", field="amount")
    records.check_past(entered_on, business_day(now), thing="日期", field="entered_on")
    records.check_year(entered_on, indicator.project.year, thing="日期", field="entered_on")
    entry = ManualEntry(
        indicator_id=indicator.id,
        amount=amount,
        entered_on=entered_on,
        reason=records.limited_text(reason, LONGEST_TEXT, thing="说明", field="reason", is_required=True),
        evidence=records.limited_text(
            evidence, LONGEST_TEXT, thing="依据", field="evidence", is_required=True
        ),
    )
    return records.add_record(session, entry, indicator.project, by=by, now=now)


def is_manual(session: Session, indicator: Indicator) -> bool:
    """Whether the indicator is counted by figures typed in."""
    rule = session.get(Rule, indicator.id)
    return rule is not None and rule.measure == TYPED_IN.key
