"""Records and edits loans."""

from datetime import date, datetime

from activitylog.loans.models import Loan
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core import records
from activitylog.core.period import business_day
from activitylog.projects.queries import project_of


def add_loan(
    session: Session, *, project_id: int, borrower: str, pieces: int, lent_on: date, by: User, now: datetime
) -> Loan:
    """Record one loan."""
    records.check_past(lent_on, business_day(now), thing="借出日期", field="lent_on")
    loan = Loan(project_id=project_id, borrower=borrower, pieces=pieces, lent_on=lent_on)
    return records.add_record(session, loan, project_of(session, project_id), by=by, now=now)


def edit_loan(
    session: Session,
    loan: Loan,
    *,
    borrower: str,
    pieces: int,
    lent_on: date,
    token: str,
    by: User,
    now: datetime,
) -> None:
    """Edit a loan; refused when it was edited since the token."""
    records.check_edit(session, loan, token, lambda stored: f"“{stored.borrower}”，{stored.pieces} 件")
    records.check_past(lent_on, business_day(now), thing="借出日期", field="lent_on")
    details = {"borrower": borrower, "pieces": pieces, "lent_on": lent_on}
    records.write_fields(session, loan, details, by=by, now=now)
