"""Queries on how one gets to a survey: its address and window, its kiosks with the answers of each."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TypedDict

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from activitylog.activities.models import Activity
from activitylog.core.period import shanghai_text
from activitylog.core.text.words import known_spelling
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.surveys.access.rules import kiosk_of, kiosk_tag
from activitylog.surveys.models import Kiosk, Response
from activitylog.surveys.queries import HOST_PREFIX
from activitylog.surveys.rules import DEFAULT_WINDOW, AnswerFlag, Window, survey_window


def live_kiosks(session: Session, activity_id: int, now: datetime) -> Sequence[tuple[Kiosk, int]]:
    """The activity's kiosks that are neither revoked nor expired, latest first, with their answers."""
    kiosks = session.scalars(
        select(Kiosk)
        .options(joinedload(Kiosk.created_by))
        .where(Kiosk.activity_id == activity_id, Kiosk.revoked_at.is_(None), Kiosk.expires_at > now)
        .order_by(Kiosk.id.desc())
    ).all()
    is_at_a_kiosk = Response.flags.bitwise_and(AnswerFlag.KIOSK.value) != 0
    nonces = session.scalars(select(Response.nonce).where(Response.activity_id == activity_id, is_at_a_kiosk))
    taken = Counter(map(kiosk_of, nonces if kiosks else ()))
    return [(kiosk, taken[kiosk_tag(kiosk.id)]) for kiosk in kiosks]


def kiosk_by_id(session: Session, activity_id: int, kiosk_id: int) -> Kiosk:
    """One of the activity's kiosks; raises Missing."""
    kiosk = session.get(Kiosk, kiosk_id)
    if kiosk is None or kiosk.activity_id != activity_id:
        raise Missing("没有找到这个自助填写链接，请回到问卷入口页再看一次。")
    return kiosk


class SurveyLink(TypedDict):
    """One line of `activitylog survey links --json`."""

    activity: str
    title: str
    address: str
    opens_at: str
    closes_at: str


def survey_address(public_url: str, token: str) -> str:
    """The address in an attendee's QR code."""
    return f"{public_url}/s/{token}"


def host_address(public_url: str, token: str) -> str:
    """The address of the host's questionnaire."""
    return survey_address(public_url, HOST_PREFIX + token)


def survey_links(
    session: Session, *, public_url: str, project: str | None = None, window: Window = DEFAULT_WINDOW
) -> list[SurveyLink]:
    """Address and window of every activity's survey, of one project (with its children) when named."""
    statement = select(
        Activity.number, Activity.title, Activity.survey_token, Activity.happens_on, Activity.start_time
    )
    if project is not None:
        name = known_spelling(project, session.scalars(select(Project.name).distinct()))
        if name is None:
            raise Missing(f"没有名为“{project}”的项目，请核对名称。")
        parent = aliased(Project)
        statement = (
            statement.join(Project, Project.id == Activity.project_id)
            .outerjoin(parent, parent.id == Project.parent_id)
            .where(or_(Project.name == name, parent.name == name))
        )
    rows = session.execute(statement.order_by(Activity.happens_on, Activity.number))
    return [_link(row, public_url, window) for row in rows]


def _link(row: Row[str, str, str, date, time | None], public_url: str, window: Window) -> SurveyLink:
    opens_at, closes_at = survey_window(row.happens_on, row.start_time, window)
    return SurveyLink(
        activity=row.number,
        title=row.title,
        address=survey_address(public_url, row.survey_token),
        opens_at=shanghai_text(opens_at),
        closes_at=shanghai_text(closes_at),
    )
