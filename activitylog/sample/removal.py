"""Taking the sample out again: every marked record and what hangs on it, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from activitylog.accounts.models import User
from activitylog.activities.models import (
    Activity,
    ActivityCounter,
    ActivityKind,
    Photo,
    Venue,
    activity_kind_link,
)
from activitylog.audit.capture import record
from activitylog.audit.changes import Change
from activitylog.core.period import Period, year_periods
from activitylog.errors import Refused
from activitylog.expenses.models import Expense
from activitylog.indicators.models import ManualEntry, rule_activity_kind
from activitylog.milestones.models import Milestone
from activitylog.projects.declaration.document import Declaration
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import differences, projects_of_year
from activitylog.publicity.models import MediaReport, Push
from activitylog.rollup.models import JobRun
from activitylog.rollup.periods.operations import forget
from activitylog.sample.claim import LOADING, SAMPLE_YEAR, release
from activitylog.surveys.models import AnsweredDevice, HostDevice, HostResponse, PaperTally, Response
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion

# Under other names, or a statement about the same table would take them for itself.
_project, _activity, _user = aliased(Project), aliased(Activity), aliased(User)
PROJECTS = select(_project.id).where(_project.is_sample)
INDICATORS = select(Indicator.id).where(Indicator.project_id.in_(PROJECTS))
ACTIVITIES = select(_activity.id).where(or_(_activity.is_sample, _activity.project_id.in_(PROJECTS)))
OWN_ACTIVITIES = select(_activity.id).where(~_activity.is_sample, _activity.project_id.in_(PROJECTS))
PEOPLE = select(_user.id).where(_user.is_sample)


@dataclass(frozen=True, slots=True)
class Part:
    """Records of one sort that go with the sample, and which of them the office itself made."""

    label: str
    model: Any
    is_sample: ColumnElement[bool]
    is_own: ColumnElement[bool] | None


def _made_by_others(created_by_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    return or_(created_by_id.is_(None), created_by_id.not_in(PEOPLE))


def _of_project(model: Any) -> ColumnElement[bool]:
    return or_(model.project_id.in_(PROJECTS), model.activity_id.in_(ACTIVITIES))


def _article(label: str, model: Any) -> Part:
    return Part(label, model, _of_project(model), _made_by_others(model.created_by_id))


# In the order of removal: a record before what it hangs on. What is not named goes with its activity, its
# indicator or its project by the database's own cascade.
PARTS = (
    Part(
        "扫码答卷", Response, Response.activity_id.in_(ACTIVITIES), Response.activity_id.in_(OWN_ACTIVITIES)
    ),
    Part("答卷设备", AnsweredDevice, AnsweredDevice.activity_id.in_(ACTIVITIES), None),
    Part(
        "场地方答卷",
        HostResponse,
        HostResponse.activity_id.in_(ACTIVITIES),
        HostResponse.activity_id.in_(OWN_ACTIVITIES),
    ),
    Part("场地方设备", HostDevice, HostDevice.activity_id.in_(ACTIVITIES), None),
    Part(
        "纸质问卷",
        PaperTally,
        PaperTally.activity_id.in_(ACTIVITIES),
        _made_by_others(PaperTally.created_by_id),
    ),
    Part("照片", Photo, Photo.activity_id.in_(ACTIVITIES), _made_by_others(Photo.created_by_id)),
    _article("推送", Push),
    _article("媒体报道", MediaReport),
    _article("支出", Expense),
    Part("里程碑", Milestone, Milestone.project_id.in_(PROJECTS), _made_by_others(Milestone.created_by_id)),
    Part(
        "人工填报",
        ManualEntry,
        ManualEntry.indicator_id.in_(INDICATORS),
        _made_by_others(ManualEntry.created_by_id),
    ),
    Part("活动", Activity, Activity.id.in_(ACTIVITIES), Activity.id.in_(OWN_ACTIVITIES)),
    Part(
        "问卷",
        QuestionnaireVersion,
        QuestionnaireVersion.project_id.in_(PROJECTS),
        _made_by_others(QuestionnaireVersion.published_by_id),
    ),
    Part(
        "问卷设置",
        ProjectQuestionnaire,
        ProjectQuestionnaire.project_id.in_(PROJECTS),
        _made_by_others(ProjectQuestionnaire.changed_by_id),
    ),
    Part("项目", Project, Project.is_sample.is_(True), None),
    Part("演示账号", User, User.is_sample.is_(True), None),
)


def remove_sample(session: Session, *, with_own: bool = False) -> dict[str, int]:
    """Remove the sample and forget that it was loaded; returns how many records of each sort went."""
    release(session)
    return clear_sample(session, with_own=with_own)


def clear_sample(session: Session, *, with_own: bool = False) -> dict[str, int]:
    """Remove every sample record; refuses while it holds records of the office's own, unless `with_own`."""
    if not with_own:
        _check_nothing_own(session)
    years = list(session.scalars(select(Project.year).where(Project.is_sample).distinct()))
    kinds, venues = _kinds_used(session), _venues_used(session)
    session.execute(
        update(Project).where(Project.parent_id.in_(PROJECTS), ~Project.is_sample).values(parent_id=None)
    )
    _open_books(session, years)
    removed = {part.label: _removed(session, part) for part in PARTS}
    _remove_unused(session, kinds, venues)
    _remove_years(session, years)
    session.expire_all()
    if any(removed.values()):
        # entries about the sample stay in the trail, marked; that its records went is one more
        record(session, Change("sample", None, "示例数据", "removed", before=dict(removed), is_sample=True))
    return removed


def _open_books(session: Session, years: Sequence[int]) -> None:
    """Let go of the closings of years that hold nothing but the sample: closed books cannot be emptied."""
    declared = set(session.scalars(select(Project.year).where(~Project.is_sample)))
    for year in sorted(set(years) - declared):
        forget(session, year_periods(year))


def _removed(session: Session, part: Part) -> int:
    statement = delete(part.model).where(part.is_sample)
    return session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _check_nothing_own(session: Session) -> None:
    counts = [(part.label, _own(session, part)) for part in PARTS]
    counts.append(("申报表改动", _declared_otherwise(session)))
    held = "、".join(f"{label} {count} 条" for label, count in counts if count)
    if held:
        raise Refused(
            f"示例项目里有不属于示例的内容：{held}。它们会随示例一起删除，所以什么也没有删。"
            "要保留活动，请先在活动页把它改到自己的项目；"
            "确定一起删除，请运行 activitylog sample remove --with-own。"
        )


def _own(session: Session, part: Part) -> int:
    if part.is_own is None:
        return 0
    count = select(func.count()).select_from(part.model).where(part.is_sample, part.is_own)
    return session.scalar(count) or 0


def _declared_otherwise(session: Session) -> int:
    """In how many places the sample's projects no longer say what the sample declared."""
    declared = read_declaration(sample_path())
    years = session.scalars(select(Project.year).where(Project.is_sample).distinct())
    return sum(
        len(differences(projects_of_year(session, year), _moved(declared, year - SAMPLE_YEAR)))
        for year in years
    )


def _moved(declaration: Declaration, years: int) -> Declaration:
    """The declaration as it would be that many years later."""
    return replace(
        declaration,
        projects=tuple(
            replace(
                project,
                starts_on=project.starts_on
                and project.starts_on.replace(year=project.starts_on.year + years),
                ends_on=project.ends_on and project.ends_on.replace(year=project.ends_on.year + years),
            )
            for project in declaration.projects
        ),
    )


def _kinds_used(session: Session) -> Sequence[int]:
    by_activities = select(activity_kind_link.c.kind_id).where(
        activity_kind_link.c.activity_id.in_(ACTIVITIES)
    )
    by_rules = select(rule_activity_kind.c.kind_id).where(rule_activity_kind.c.indicator_id.in_(INDICATORS))
    return session.scalars(by_activities.union(by_rules)).all()


def _venues_used(session: Session) -> Sequence[int]:
    used = select(Venue.id).join(Activity, Activity.venue_id == Venue.id).where(Activity.id.in_(ACTIVITIES))
    return session.scalars(used.distinct()).all()


def _remove_unused(session: Session, kinds: Sequence[int], venues: Sequence[int]) -> None:
    """Words and places that only the sample used."""
    is_used = or_(
        exists().where(activity_kind_link.c.kind_id == ActivityKind.id),
        exists().where(rule_activity_kind.c.kind_id == ActivityKind.id),
    )
    session.execute(delete(ActivityKind).where(ActivityKind.id.in_(kinds), ~is_used))
    is_visited = exists().where(Activity.venue_id == Venue.id)
    session.execute(delete(Venue).where(Venue.id.in_(venues), ~is_visited))


def _remove_years(session: Session, years: Sequence[int]) -> None:
    """What is kept by month or year and belongs to no project, of years without a project left."""
    kept = set(session.scalars(select(Project.year).where(Project.year.in_(years))))
    for year in sorted(set(years) - kept):
        first, last = Period(year, 1), Period(year, 12)
        session.execute(delete(JobRun).where(JobRun.period.between(first, last), JobRun.job != LOADING))
        session.execute(delete(ActivityCounter).where(ActivityCounter.year == year))
