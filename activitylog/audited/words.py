"""What several audited tables share: fields, where a record belongs, and words for values."""

from typing import Any

from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import STATUS_LABELS, Status
from activitylog.audit.registry import Field
from activitylog.core.districts import BY_CODE
from activitylog.projects.models import Indicator, Project
from activitylog.web.formats import yuan

PROJECT = Field("项目", refers_to=Project.name)
ACTIVITY = Field("活动", refers_to=Activity.number)
INDICATOR = Field("指标", refers_to=Indicator.name)
STATUS = Field("状态", lambda value: STATUS_LABELS[Status(value)])
WITHDRAWN = {"withdrawn_at": Field("撤下时间"), "withdrawn_reason": Field("撤下理由")}


def district(code: str) -> str:
    return BY_CODE[code].name if code in BY_CODE else code


def fen(value: Any) -> str:
    return f"{yuan(value)} 元"


def people(value: Any) -> str:
    return f"{value:,} 人"


def own_project(_session: Session, record: Any) -> int | None:
    return int(record.project_id)


def project_of_activity(session: Session, record: Any) -> int | None:
    activity = session.get(Activity, record.activity_id)
    return activity.project_id if activity else None


def project_of_indicator(session: Session, record: Any) -> int | None:
    indicator = session.get(Indicator, record.indicator_id)
    return indicator.project_id if indicator else None


def its_activity(record: Any) -> int | None:
    return None if record.activity_id is None else int(record.activity_id)
