"""Loans as dated, countable rows, and their kind of source."""

from activitylog.loans.models import Loan
from sqlalchemy import select

from activitylog.activities.sources import Source, TrailKind, fact_columns, titles_of
from activitylog.core.dialects import Rows

LOAN = Source(
    75,
    "loan",
    "借展",
    "次借展",
    Loan,
    dates=(Loan.lent_on,),
    trail=(TrailKind("loan", Loan),),
    titles=titles_of(Loan, lambda loan: loan.borrower),
    page="loans",
)


def loan_facts() -> Rows:
    """One row per loan on the day it was lent."""
    return select(
        *fact_columns(LOAN, Loan.lent_on),
        Loan.pieces,
    ).where(Loan.withdrawn_at.is_(None))
