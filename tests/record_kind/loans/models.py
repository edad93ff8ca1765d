"""The table of loans and what the trail records of them."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.activities.audited import audited_record
from activitylog.activities.records import ActivityRecord
from activitylog.audit.registry import Field
from activitylog.core.database import Base


class Loan(ActivityRecord, Base):
    """Exhibits lent on one day."""

    __tablename__ = "loan"
    thing = "借展"
    counter = "次"
    dated_by = "lent_on"
    written_fields = ("project_id", "activity_id", "borrower", "pieces", "lent_on")

    borrower: Mapped[str] = mapped_column(String(80))
    pieces: Mapped[int]
    lent_on: Mapped[date]


AUDITED = (
    audited_record(
        Loan,
        "loan",
        "借展",
        {"borrower": Field("借用单位"), "pieces": Field("件数"), "lent_on": Field("借出日期")},
        name=lambda loan: str(loan.borrower),
    ),
)
