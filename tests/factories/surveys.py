"""Factories of surveyed activities, answers and paper tallies."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import start_of_day
from activitylog.projects.models import Project
from activitylog.surveys.attendee import operations
from activitylog.surveys.models import PaperTally
from activitylog.surveys.paper import operations as paper_operations
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires import operations as questionnaires_operations
from activitylog.surveys.questionnaires.drafting import DraftLine
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.queries import project_questionnaire
from activitylog.surveys.questionnaires.rules import OVERALL, Audience, Question, questions_json
from activitylog.surveys.rules import (
    DEFAULT_WINDOW,
    GRADES,
    Answer,
    Bilingual,
    Outcome,
    SubmittedAnswer,
    Surveyed,
    Window,
)
from tests.factories.projects import make_project

DAY = date(2024, 6, 12)
NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)


def make_surveyed_activity(
    session: Session,
    *,
    project: Project | None = None,
    number: str | None = None,
    title: str = "暑期天文课堂",
    held_on: date = DAY,
    start_time: time | None = None,
    status: Status = Status.LOGGED,
    heads: int = 60,
) -> Activity:
    project = project or session.scalar(select(Project)) or make_project(session)
    activity = Activity(
        number=number or f"T-{secrets.token_hex(4)}",
        project_id=project.id,
        title=title,
        held_on=held_on,
        start_time=start_time,
        status=status,
        audience_onsite=heads,
        created_at=NOON,
        updated_at=NOON,
    )
    session.add(activity)
    session.flush()
    return activity


def answer(
    session: Session,
    activity: Surveyed,
    *,
    overall: int = 5,
    nonce: str | None = None,
    device: str | None = None,
    now: datetime = NOON,
) -> Outcome:
    """One attendee's answer, with its own nonce and device unless given."""
    return submit_response(
        session,
        activity=activity,
        overall=overall,
        answers={},
        nonce=nonce or str(uuid.uuid4()),
        device_hash=device or secrets.token_urlsafe(32),
        now=now,
    )


def submit_response(
    session: Session,
    *,
    activity: Surveyed,
    overall: int,
    answers: Mapping[str, Answer],
    nonce: str,
    device_hash: str,
    now: datetime,
    questionnaire: str = "default-1",
    audience: Audience = Audience.ATTENDEES,
    window: Window = DEFAULT_WINDOW,
) -> Outcome:
    """Store one answer by the operation for many."""
    surveyed = SurveyedActivity.of(activity, audience)
    submitted = [SubmittedAnswer(nonce, device_hash, overall, answers, now, questionnaire)]
    (outcome,) = operations.submit_responses(session.connection(), surveyed, submitted, window)
    return outcome


def make_paper_tally(session: Session, activity: Activity, **counts: int) -> PaperTally:
    names = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")
    return paper_operations.add_paper_tally(
        session,
        activity_id=activity.id,
        **{name: counts.get(name, 0) for name in names},
        recorded_on=activity.happens_on,
        by=None,
        now=start_of_day(activity.happens_on) + timedelta(hours=12),
    )


def overall_line() -> DraftLine:
    return DraftLine("您对本次活动总体满意吗？", "How satisfied are you with this activity?", field=OVERALL)


def a_line(sentence: str, **otherwise: str) -> DraftLine:
    """One question as a manager writes it, graded unless named otherwise."""
    return DraftLine(sentence, **otherwise)


def draft_questions(
    session: Session, project: Project, *lines: DraftLine, audience: Audience = Audience.ATTENDEES
) -> ProjectQuestionnaire:
    asking = project_questionnaire(session, project, audience)
    return questionnaires_operations.save_draft(
        session,
        project,
        audience,
        overall=overall_line(),
        lines=lines,
        seen=questionnaires_operations.editing_token(asking),
        by=None,
        now=NOON,
    )


def publish_questions(
    session: Session, project: Project, *lines: DraftLine, audience: Audience = Audience.ATTENDEES
) -> str:
    """Publish these questions, or the draft there is; returns the version."""
    asking = draft_questions(session, project, *lines, audience=audience) if lines else None
    asking = asking or project_questionnaire(session, project, audience)
    return questionnaires_operations.publish(
        session,
        project,
        audience,
        page_bytes=1000,
        seen=questionnaires_operations.editing_token(asking),
        by=None,
        now=NOON,
    )


def make_version(session: Session, project: Project) -> QuestionnaireVersion:
    """A questionnaire of the project's own, with a question of several choices."""
    choices = (("a", Bilingual("展品", "")), ("b", Bilingual("讲解", "")))
    version = QuestionnaireVersion(
        key=f"p{project.id}-1",
        project_id=project.id,
        audience=Audience.ATTENDEES,
        number=1,
        questions=questions_json(
            (
                Question(OVERALL, "scale", Bilingual("总体", ""), GRADES),
                Question("liked", "multiple", Bilingual("喜欢什么", ""), choices),
            )
        ),
        published_at=NOON,
    )
    session.add(version)
    session.flush()
    return version
