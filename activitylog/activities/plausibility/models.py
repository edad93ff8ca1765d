"""The table of confirmed doubts, and what the trail records of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from activitylog.accounts.models import User
from activitylog.activities.audited import ACTIVITY, activity_id_of, project_of_activity
from activitylog.activities.models import Activity
from activitylog.audit.registry import Audited, Field
from activitylog.core.database import Base


class HeadsConfirmation(Base):
    """A person's word that figures an activity was doubted for are no slip; it holds while they stay.

    `rule` names the rule of `plausibility.doubts`, `figure` is what was confirmed.
    """

    __tablename__ = "heads_confirmation"
    __table_args__ = (UniqueConstraint("activity_id", "rule", "figure"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    rule: Mapped[str] = mapped_column(String(20))
    figure: Mapped[str] = mapped_column(String(40))
    sentence: Mapped[str] = mapped_column(Text)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime]

    activity: Mapped[Activity] = relationship()
    confirmed_by: Mapped[User | None] = relationship()


def _name(confirmation: Any) -> str:
    return str(confirmation.sentence)[:200]


AUDITED = (
    Audited(
        HeadsConfirmation,
        "heads_confirmation",
        "人数核对",
        {"activity_id": ACTIVITY, "sentence": Field("没有写错")},
        name=_name,
        project_id=project_of_activity,
        activity_id=activity_id_of,
        creation_verb=lambda _values: "confirmed",
        deleted_with=(HeadsConfirmation.activity_id,),
    ),
)
