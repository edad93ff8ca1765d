"""What pages and commands read about surveys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypedDict

from sqlalchemy import Connection, Row, bindparam, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.errors import Missing
from activitylog.period import SHANGHAI
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of
from activitylog.surveys.models import AnsweredDevice, PaperTally, Response
from activitylog.surveys.rules import GRADE_FIELDS, GRADES, survey_window

A_MOMENT = timedelta(minutes=1)


class SurveyedActivity(NamedTuple):
    """As much of an activity as its survey needs."""

    id: int
    title: str
    happens_on: date
    status: Status


_BY_TOKEN = select(Activity.id, Activity.title, Activity.happens_on, Activity.status).where(
    Activity.survey_token == bindparam("token")
)


def activity_by_token(connection: Connection, token: str) -> SurveyedActivity | None:
    """The activity behind a survey's address."""
    if "\0" in token:  # PostgreSQL cannot even be asked for it
        return None
    row = connection.execute(_BY_TOKEN, {"token": token}).one_or_none()
    return None if row is None else SurveyedActivity(*row)


_HAS_ANSWERED = select(
    exists().where(
        AnsweredDevice.activity_id == bindparam("activity_id"),
        AnsweredDevice.device_hash == bindparam("device_hash"),
    )
)


def has_answered(connection: Connection, activity_id: int, device_hash: str) -> bool:
    values = {"activity_id": activity_id, "device_hash": device_hash}
    return bool(connection.scalar(_HAS_ANSWERED, values))


@dataclass(frozen=True, slots=True)
class SurveySummary:
    """One activity's answers; `counts` are the five grades, best first, screen and paper together."""

    on_screen: int
    on_paper: int
    counts: tuple[int, ...]
    heads: int

    @property
    def valid(self) -> int:
        return sum(self.counts)

    @property
    def satisfied(self) -> int:
        """非常满意 + 满意, what the measure counts."""
        return sum(self.counts[:2])

    @property
    def by_grade(self) -> list[tuple[str, int]]:
        """The office's word for each grade with its count."""
        return [(word, count) for (_, word), count in zip(GRADES, self.counts, strict=True)]

    @property
    def exceeds_heads(self) -> bool:
        """More answers than people: worth a look, never refused."""
        return self.valid > self.heads


def survey_summary(session: Session, activity_id: int) -> SurveySummary:
    """What stands in the database now, of an activity in whatever status."""
    screen = (
        select(
            *(
                func.coalesce(func.sum(case((Response.overall == grade, 1), else_=0)), 0).label(f"s{grade}")
                for grade in (5, 4, 3, 2, 1)
            )
        )
        .where(Response.activity_id == activity_id)
        .subquery("screen")
    )
    paper = (
        select(*(func.coalesce(func.sum(getattr(PaperTally, name)), 0).label(name) for name in GRADE_FIELDS))
        .where(PaperTally.activity_id == activity_id, PaperTally.withdrawn_at.is_(None))
        .subquery("paper")
    )
    heads = Activity.audience_onsite + Activity.audience_online
    row = session.execute(
        select(heads, *screen.c, *paper.c)
        .select_from(Activity)
        .join(screen, true())
        .join(paper, true())
        .where(Activity.id == activity_id)
    ).one_or_none()
    if row is None:
        raise Missing("没有找到这场活动，它可能已改了编号。")
    on_screen, on_paper = row[1:6], row[6:11]
    counts = tuple(screen_ + paper_ for screen_, paper_ in zip(on_screen, on_paper, strict=True))
    return SurveySummary(sum(on_screen), sum(on_paper), counts, heads=row[0])


def answers_on_screen(session: Session, activity_id: int) -> int:
    """The live count under the QR code."""
    return session.scalar(select(func.count()).where(Response.activity_id == activity_id)) or 0


def paper_tallies(session: Session, activity_id: int) -> list[PaperTally]:
    """Every pile ever typed in, the withdrawn among them, newest first."""
    rows = select(PaperTally).where(PaperTally.activity_id == activity_id)
    return list(session.scalars(rows.order_by(PaperTally.recorded_on.desc(), PaperTally.id.desc())))


def repeats_another(session: Session, tally: PaperTally) -> bool:
    """Whether the same person has typed in the same pile a moment before: a form sent twice."""
    same = ("activity_id", *GRADE_FIELDS, "recorded_on", "created_by_id")
    twin = select(PaperTally.id).where(
        *(getattr(PaperTally, name).is_not_distinct_from(getattr(tally, name)) for name in same),
        PaperTally.id != tally.id,
        PaperTally.withdrawn_at.is_(None),
        PaperTally.created_at > tally.created_at - A_MOMENT,
    )
    return session.scalar(twin.limit(1)) is not None


class SurveyLink(TypedDict):
    """One line of `activitylog survey links --json`."""

    activity: str
    title: str
    address: str
    opens_at: str
    closes_at: str


def coming_activities(session: Session, project: Project, today: date, *, limit: int) -> Sequence[Activity]:
    """A project's activities of today and later, for an umbrella its children's too, the soonest first."""
    wanted = (
        select(Activity)
        .options(joinedload(Activity.project), joinedload(Activity.venue), selectinload(Activity.districts))
        .where(
            Activity.project_id.in_(branch_of(project)),
            Activity.happens_on >= today,
            Activity.status != Status.WITHDRAWN,
        )
        .order_by(Activity.happens_on, Activity.id)
    )
    return session.scalars(wanted.limit(limit)).all()


def survey_address(public_url: str, token: str) -> str:
    """What a QR code carries."""
    return f"{public_url}/s/{token}"


def survey_links(session: Session, *, public_url: str, project: str | None = None) -> list[SurveyLink]:
    """Address and window of every activity's survey, of one project (with its children) when named."""
    statement = select(Activity.number, Activity.title, Activity.survey_token, Activity.happens_on)
    if project is not None:
        if session.scalar(select(exists().where(Project.name == project))) is not True:
            raise Missing(f"没有名为“{project}”的项目，请核对名称。")
        parent = aliased(Project)
        statement = (
            statement.join(Project, Project.id == Activity.project_id)
            .outerjoin(parent, parent.id == Project.parent_id)
            .where(or_(Project.name == project, parent.name == project))
        )
    rows = session.execute(statement.order_by(Activity.happens_on, Activity.number))
    return [_link(row, public_url) for row in rows]


def _link(row: Row[str, str, str, date], public_url: str) -> SurveyLink:
    opens_at, closes_at = survey_window(row.happens_on)
    return SurveyLink(
        activity=row.number,
        title=row.title,
        address=survey_address(public_url, row.survey_token),
        opens_at=_local(opens_at),
        closes_at=_local(closes_at),
    )


def _local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
