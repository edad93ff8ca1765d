import uuid
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of
from activitylog.surveys.hosts.queries import host_evidence, host_evidence_on
from activitylog.surveys.questionnaires.rules import Audience
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, a_line, make_surveyed_activity, publish_questions, submit_response
from tests.statements import statements


def answered(session: Session, activity: Activity, overall: int, version: str, **answers: Any) -> None:
    submit_response(
        session,
        activity=activity,
        overall=overall,
        answers=answers,
        nonce=str(uuid.uuid4()),
        device_hash=uuid.uuid4().hex,
        now=NOON,
        questionnaire=version,
        audience=Audience.HOSTS,
    )


def test_hosts_answers_of_a_branch_are_counted_by_version_and_choice(session: Session) -> None:
    umbrella = make_project(session)
    child = make_project(session, parent=umbrella)
    line = a_line("留下了什么？", type="multiple", choices="办法\n资源")
    own = publish_questions(session, child, line, audience=Audience.HOSTS)
    first, second = (make_surveyed_activity(session, project=child, status=Status.APPROVED) for _ in range(2))
    answered(session, first, 5, "host-1", ability="much", gains=["interest", "methods"], suggestion="好")
    answered(session, first, 3, "host-1", ability="much", contact=4)
    answered(session, second, 4, own, q1=["c2"])
    answered(session, make_surveyed_activity(session, project=child), 1, own)
    with statements() as sent:
        evidence = host_evidence(
            session, branch_of(umbrella), since=date(2024, 1, 1), until=date(2024, 6, 30)
        )
    assert len(sent) <= 4
    assert (evidence.answers, evidence.activities, evidence.satisfied) == (3, 2, 2)
    questions = {question.sentence: dict(question.counts) for question in evidence.questions}
    assert questions["留下了什么？"] == {"办法": 0, "资源": 1}
    assert questions["和以前比，本地的科普服务能力提升了吗？"]["明显提升"] == 2
    assert questions["这次活动留下了什么？"]["居民更愿意参加"] == 1
    assert questions["事先的联系和准备"]["满意"] == 1
    assert "您的建议" not in questions
    assert host_evidence_on(session, second.id).answers == 1


def test_other_days_and_projects_are_not_counted(session: Session) -> None:
    project, other = make_project(session), make_project(session)
    activity = make_surveyed_activity(session, project=project, status=Status.APPROVED)
    answered(session, activity, 5, "host-1")
    for whose, until in ((project, date(2024, 5, 31)), (other, date(2024, 12, 31))):
        evidence = host_evidence(session, branch_of(whose), since=date(2024, 1, 1), until=until)
        assert (evidence.answers, evidence.activities, evidence.questions) == (0, 0, ())
    assert session.scalars(select(Project.id)).all() == [project.id, other.id]
