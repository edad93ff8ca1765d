"""Queries on surveys: the activity behind a token, one activity's summary and tallies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, joinedload

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import Rows
from activitylog.errors import Missing
from activitylog.projects.models import Project
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import (
    ANSWERS_AND_DEVICES,
    Kiosk,
    PaperTally,
    Response,
    SurveyAccess,
)
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR, DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.results.rules import mean_grade, satisfaction_text, two_decimals
from activitylog.surveys.rules import (
    GRADE_FIELDS,
    GRADES,
    CodeRule,
    Surveyed,
)
from activitylog.surveys.years.models import YearSatisfaction
from activitylog.surveys.years.rules import SatisfactionMethod

_CHUNK = 500  # values an IN may list


class SurveyedActivity(NamedTuple):
    """The fields of an activity that its survey needs; `questionnaire` is the version in use."""

    id: int
    title: str
    happens_on: date
    status: Status
    audience: Audience = Audience.ATTENDEES
    questionnaire: str = DEFAULT_QUESTIONNAIRE.version
    project_id: int | None = None
    parent_id: int | None = None
    number: str = ""
    code_rule: CodeRule = CodeRule.OFF
    start_time: time | None = None
    version: int = 1
    revoked_kiosks: str = ""  # their numbers, between commas

    @property
    def kiosks_revoked(self) -> list[int]:
        return [int(number) for number in self.revoked_kiosks.split(",") if number]

    @classmethod
    def of(cls, activity: Surveyed, audience: Audience) -> "SurveyedActivity":
        """As much of an activity as storing answers to a built-in questionnaire needs."""
        return cls(
            id=activity.id,
            title="",
            happens_on=activity.happens_on,
            status=activity.status,
            audience=audience,
            start_time=activity.start_time,
            version=activity.version,
        )


_CODE_RULE = SurveyAccess.code_rule.type
_REVOKED_KIOSKS = (
    select(func.aggregate_strings(cast(Kiosk.id, String), ","))
    .where(Kiosk.activity_id == Activity.id, Kiosk.revoked_at.is_not(None))
    .scalar_subquery()
)


def _by_token(token: Any, audience: Audience) -> Rows:
    """The activity with the questionnaire of its project, else of the parent, else the built-in one."""
    own, above = aliased(ProjectQuestionnaire), aliased(ProjectQuestionnaire)
    in_use = func.coalesce(
        func.nullif(own.in_use, ""), func.nullif(above.in_use, ""), BUILT_IN_FOR[audience].version
    )
    return (
        select(
            Activity.id,
            Activity.title,
            Activity.happens_on,
            Activity.status,
            literal(audience, type_=own.audience.type),
            in_use,
            Project.id,
            Project.parent_id,
            Activity.number,
            func.coalesce(SurveyAccess.code_rule, literal(CodeRule.OFF, type_=_CODE_RULE)),
            Activity.start_time,
            Activity.version,
            func.coalesce(_REVOKED_KIOSKS, ""),
        )
        .join(Project, Project.id == Activity.project_id)
        .outerjoin(own, and_(own.project_id == Project.id, own.audience == audience))
        .outerjoin(
            SurveyAccess,
            and_(SurveyAccess.activity_id == Activity.id, literal(audience is Audience.ATTENDEES)),
        )
        .outerjoin(above, and_(above.project_id == Project.parent_id, above.audience == audience))
        .where(token == bindparam("token"))
    )


HOST_PREFIX = "h/"  # before the token in a host's address
_BY_TOKEN = _by_token(Activity.survey_token, Audience.ATTENDEES)
_BY_HOST_TOKEN = _by_token(Activity.host_token, Audience.HOSTS)


def activity_by_token(connection: Connection, token: str) -> SurveyedActivity | None:
    """The activity behind a survey's address, an attendee's or a host's."""
    if "\0" in token:  # PostgreSQL refuses it as a parameter
        return None
    statement = _BY_HOST_TOKEN if token.startswith(HOST_PREFIX) else _BY_TOKEN
    row = connection.execute(statement, {"token": token.removeprefix(HOST_PREFIX)}).one_or_none()
    return None if row is None else SurveyedActivity(*row)


def _has_answered(table: Any) -> Select[Any]:
    return select(
        exists().where(
            table.activity_id == bindparam("activity_id"), table.device_hash == bindparam("device_hash")
        )
    )


_HAS_ANSWERED = {audience: _has_answered(devices) for audience, (_, devices) in ANSWERS_AND_DEVICES.items()}


def has_answered(
    connection: Connection,
    activity_id: int,
    device_hash: str,
    audience: Audience = Audience.ATTENDEES,
) -> bool:
    values = {"activity_id": activity_id, "device_hash": device_hash}
    return bool(connection.scalar(_HAS_ANSWERED[audience], values))


@dataclass(frozen=True, slots=True)
class SurveySummary:
    """One activity's answers; `counts` are the five grades, best first, screen and paper together.

    `on_screen` and `counts` leave out what a person has excluded, and paper that waits for review.
    """

    on_screen: int
    on_paper: int
    counts: tuple[int, ...]
    heads: int
    excluded: int = 0
    waiting: int = 0
    method: SatisfactionMethod = SatisfactionMethod.SHARE

    @property
    def valid(self) -> int:
        return sum(self.counts)

    @property
    def satisfied(self) -> int:
        """非常满意 + 满意, what the measure counts."""
        return sum(self.counts[:2])

    @property
    def satisfaction(self) -> str:
        """By the method of the activity's year, in per cent, rounded as in reports."""
        return satisfaction_text(self.counts, self.method)

    @property
    def satisfaction_note(self) -> str:
        """What it is made of."""
        if self.method is SatisfactionMethod.INDEX:
            return f"满意指数：平均 {two_decimals(mean_grade(self.counts))} 分 ÷ 5 分"
        return f"非常满意和满意共 {self.satisfied:,} 份"

    @property
    def by_grade(self) -> list[tuple[str, int]]:
        """Each grade's label with its count, best first."""
        return [(word, count) for (_, word), count in zip(GRADES, self.counts, strict=True)]

    @property
    def exceeds_heads(self) -> bool:
        """Whether there are more answers than people: a warning, never refused."""
        return self.received > self.heads

    @property
    def received(self) -> int:
        """The valid answers and those that wait."""
        return self.valid + self.waiting


def survey_summary(session: Session, activity_id: int) -> SurveySummary:
    """One activity's current counts, whatever its status; raises Missing."""
    screen = (
        select(
            *(
                func.coalesce(
                    func.sum(case((and_(IS_COUNTED, Response.overall == grade), 1), else_=0)), 0
                ).label(f"s{grade}")
                for grade in (5, 4, 3, 2, 1)
            ),
            func.count(Response.exclusion_id).label("excluded"),
        )
        .where(Response.activity_id == activity_id)
        .subquery("screen")
    )
    paper = (
        select(*(func.coalesce(func.sum(getattr(PaperTally, name)), 0).label(name) for name in GRADE_FIELDS))
        .where(PaperTally.activity_id == activity_id, PaperTally.is_counted)
        .subquery("paper")
    )
    total = sum((getattr(PaperTally, name) for name in GRADE_FIELDS), literal(0))
    waiting = select(func.coalesce(func.sum(total), 0).label("waiting")).where(
        PaperTally.activity_id == activity_id, PaperTally.is_waiting
    )
    heads = Activity.audience_onsite + Activity.audience_online
    row = session.execute(
        select(
            heads, *screen.c, *paper.c, waiting.scalar_subquery().label("waiting"), YearSatisfaction.method
        )
        .select_from(Activity)
        .join(Project, Project.id == Activity.project_id)
        .outerjoin(YearSatisfaction, YearSatisfaction.year == Project.year)
        .join(screen, true())
        .join(paper, true())
        .where(Activity.id == activity_id)
    ).one_or_none()
    if row is None:
        raise Missing("没有找到这场活动，它可能已改了编号。")
    on_screen, excluded, on_paper = row[1:6], row.excluded, row[7:12]
    counts = tuple(screen_ + paper_ for screen_, paper_ in zip(on_screen, on_paper, strict=True))
    return SurveySummary(
        sum(on_screen),
        sum(on_paper),
        counts,
        heads=row[0],
        excluded=excluded,
        waiting=int(row.waiting),
        method=row.method or SatisfactionMethod.SHARE,
    )


def answers_of(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many answers count of each activity that has any, on screen and on paper."""
    on_paper = sum((getattr(PaperTally, name) for name in GRADE_FIELDS), start=literal(0))
    answers: Counter[int] = Counter()
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        screen = select(Response.activity_id, func.count()).where(Response.activity_id.in_(some), IS_COUNTED)
        paper = select(PaperTally.activity_id, func.sum(on_paper)).where(
            PaperTally.activity_id.in_(some), PaperTally.withdrawn_at.is_(None)
        )
        for rows in (screen.group_by(Response.activity_id), paper.group_by(PaperTally.activity_id)):
            for activity_id, count in session.execute(rows):
                answers[activity_id] += int(count)
    return dict(answers)


def answers_on_screen(session: Session, activity_id: int) -> int:
    """The number of answers received, as shown live under the QR code."""
    return session.scalar(select(func.count()).where(Response.activity_id == activity_id)) or 0


def paper_tallies(session: Session, activity_id: int) -> list[PaperTally]:
    """The activity's paper tallies, withdrawn ones included, newest first."""
    rows = select(PaperTally).options(joinedload(PaperTally.approved_by))
    rows = rows.where(PaperTally.activity_id == activity_id)
    return list(session.scalars(rows.order_by(PaperTally.recorded_on.desc(), PaperTally.id.desc())))
