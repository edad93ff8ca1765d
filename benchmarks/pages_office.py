"""An office whose pages are measured: a year rolled up, closed in part, summed, and changed since."""

from datetime import UTC, datetime, timedelta

import time_machine
from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.orm import Session

from activitylog import audited  # noqa: F401  (the trail records what is written)
from activitylog.accounts.models import Membership, User
from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity, Venue
from activitylog.core.database import begin_writing, make_engine, upgrade_schema
from activitylog.core.period import Period
from activitylog.projects.models import Project
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from activitylog.surveys.results.operations import sum_answers
from activitylog.surveys.results.queries import attendee_questionnaires
from activitylog.surveys.results.rules import choice_questions_of
from benchmarks.big_office import YEAR, declare, fill
from benchmarks.survey_export import fill_in

ANSWERS_EACH = 20
ENTERED_EACH = 50  # one activity in so many is the organizer's
CHANGED_EACH = 100  # one activity in so many changed after the roll-up
_TRAIL = """
INSERT INTO audit_entry (id, at, who, origin, action, object_type, object_id, object_name, project_id,
    activity_id, is_sample, before, after, hash)
SELECT id + (SELECT COALESCE(MAX(id), 0) FROM audit_entry), '2024-12-01 00:00:00', '组织者',
    'ledger import', 'activity.logged', 'activity', id, number, project_id, id, {no}, '{{}}', '{{}}', ''
FROM activity
"""
_BARE = """
INSERT INTO activity (id, number, project_id, survey_token, title, form, venue_kind, planned_on, held_on,
    audience_onsite, audience_online, status, note, status_reason, created_at, updated_at, version, is_sample)
SELECT MAX(id) + 1, 'BARE-1', {project}, 'bare', '科普活动', '讲座', '社区', {day}, {day}, 10, 0,
    'approved', '', '', '2024-01-02', '2024-01-02', 1, {no}
FROM activity
"""
_TITLES = "UPDATE activity SET title = '走进社区的科普讲座与互动体验第' || id || '场'"
_ONE_UMBRELLA = (
    "UPDATE project SET parent_id = (SELECT MIN(parent_id) FROM project) WHERE parent_id IS NOT NULL"
)


BARE_YEAR = YEAR - 1  # has one project with one activity
DECLARED = datetime(YEAR, 1, 2, tzinfo=UTC)
TODAY = datetime(YEAR, 12, 31, 2, tzinfo=UTC)  # what the pages take for now


def build(url: str, *, activities: int) -> None:
    """Create the tables and fill them."""
    upgrade_schema(url)
    engine = make_engine(url)
    with time_machine.travel(DECLARED), Session(engine) as session:
        first_child, kind = declare(session)
        bare = Project(name="去年的项目", year=BARE_YEAR, position=1, budget_fen=0, created_at=TODAY)
        session.add(bare)
        session.commit()
        project = bare.id
    with engine.execution_options(writing=True).begin() as connection:
        fill(connection, first_child=first_child, kind=kind, activities=activities, answers_each=ANSWERS_EACH)
        _complete(connection, project)
    _analyze(engine)
    with Session(engine) as session:
        begin_writing(session)
        _add_people(session)
        _take_months(session)
        session.commit()
        begin_writing(session)
        _change(session)
        session.commit()
    _analyze(engine)
    engine.dispose()


def _complete(connection: Connection, project: int) -> None:
    """Titles, one umbrella above all projects, the trail of every activity, and the year of one activity."""
    fill_in(connection)
    is_postgresql = connection.dialect.name == "postgresql"
    no, day = ("false", f"DATE '{BARE_YEAR}-06-01'") if is_postgresql else ("0", f"'{BARE_YEAR}-06-01'")
    for statement in (_TITLES, _ONE_UMBRELLA, _BARE, _TRAIL):
        connection.execute(text(statement.format(no=no, day=day, project=project)))


def _add_people(session: Session) -> None:
    """One of each role that works in the office, in every project."""
    ids = session.scalars(select(Project.id)).all()
    for role in (Role.OFFICER, Role.MANAGER, Role.ORGANIZER):
        user = User(name=role.value, role=role, password_hash="", created_at=TODAY)
        session.add(user)
        session.flush()
        if role is not Role.OFFICER:
            session.add_all(Membership(user_id=user.id, project_id=number) for number in ids)
    own = update(Activity).where(Activity.id % ENTERED_EACH == 0).values(created_by_id=user.id)
    session.execute(own, execution_options={"synchronize_session": False})


def _take_months(session: Session) -> None:
    """Rolled up to November, closed to June, June reopened, and the answers summed in the last night."""
    now, last_night = TODAY - timedelta(days=1), TODAY - timedelta(hours=7)
    roll_up(session, Period(YEAR, 11), now=now)
    close_period(session, Period(YEAR, 6), by=None, now=now)
    until = now + timedelta(days=3)
    reopen_period(session, Period(YEAR, 6), reason="补登", until=until, by=None, now=now)
    sum_answers(session, choice_questions_of(attendee_questionnaires(session)), now=last_night)


def _change(session: Session) -> None:
    """Heads corrected and venues added, as people do after a roll-up."""
    for activity in session.scalars(select(Activity).where(Activity.id % CHANGED_EACH == 4)):
        activity.audience_onsite += 1
        activity.updated_at = TODAY
    session.add_all(Venue(name=f"社区文化活动中心{number}", kind="社区") for number in range(200))


def _analyze(engine: Engine) -> None:
    statement = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
