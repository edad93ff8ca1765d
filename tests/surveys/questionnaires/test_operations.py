import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.core.database import begin_writing
from activitylog.errors import BadInput, Missing, Refused, StaleVersion
from activitylog.projects.models import Project
from activitylog.surveys.facts import response_facts
from activitylog.surveys.models import HostResponse, Response
from activitylog.surveys.queries import activity_by_token, survey_summary
from activitylog.surveys.questionnaires.built_in import (
    BUILT_IN_FOR,
    DEFAULT_QUESTIONNAIRE,
    HOST_QUESTIONNAIRE,
)
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.operations import (
    discard_draft,
    editing_token,
    publish,
    save_draft,
    use_version,
)
from activitylog.surveys.questionnaires.queries import (
    current_questionnaire,
    project_questionnaire,
    questionnaires_of,
    versions_of,
)
from activitylog.surveys.questionnaires.rules import Audience, questions_json
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import (
    NOON,
    a_line,
    draft_questions,
    make_surveyed_activity,
    overall_line,
    publish_questions,
    submit_response,
)
from tests.factories.trail import entries

SMALL = 1000  # bytes
ATTENDEES, HOSTS = Audience.ATTENDEES, Audience.HOSTS


@pytest.fixture
def project(session: Session) -> Project:
    return make_project(session)


def test_a_draft_is_used_only_once_it_is_published(session: Session, project: Project) -> None:
    draft_questions(session, project, a_line("讲解清楚吗？"))
    assert current_questionnaire(session, project, ATTENDEES) is DEFAULT_QUESTIONNAIRE
    version = publish_questions(session, project)
    asked = current_questionnaire(session, project, ATTENDEES)
    assert (asked.version, [str(each.sentence) for each in asked.questions]) == (
        version,
        ["您对本次活动总体满意吗？", "讲解清楚吗？"],
    )


def test_the_same_questions_are_the_same_version(session: Session, project: Project) -> None:
    first = publish_questions(session, project, a_line("一"))
    second = publish_questions(session, project, a_line("一", key="q1"), a_line("二"))
    again = publish_questions(session, project, a_line("一", key="q1"))
    assert (again, second != first) == (first, True)


def test_a_new_question_never_gets_the_key_of_an_old_one(session: Session, project: Project) -> None:
    for word in "一二三":
        publish_questions(session, project, a_line(word))
    keys = [version.questionnaire.questions[1].key for version, _ in versions_of(session, project, ATTENDEES)]
    assert keys == ["q3", "q2", "q1"]


def test_the_current_questions_are_no_draft(session: Session, project: Project) -> None:
    publish_questions(session, project, a_line("一"))
    asking = draft_questions(session, project, a_line("一", key="q1"))
    assert asking.draft == ""
    with pytest.raises(Refused, match="没有可以发布的草稿"):
        publish_questions(session, project)


@pytest.mark.parametrize(("page_bytes", "lines", "why"), [(6000, 1, "KB"), (SMALL, 9, "秒")])
def test_too_large_or_too_long_to_answer_is_not_published(
    session: Session, project: Project, page_bytes: int, lines: int, why: str
) -> None:
    asking = draft_questions(session, project, *(a_line(f"请说说{n}", type="text") for n in range(lines)))
    with pytest.raises(BadInput, match=why):
        publish(
            session, project, ATTENDEES, page_bytes=page_bytes, seen=editing_token(asking), by=None, now=NOON
        )
    assert asking.draft


def test_a_stale_editor_changes_nothing(session: Session, project: Project) -> None:
    draft_questions(session, project, a_line("一"))
    with pytest.raises(StaleVersion):
        save_draft(
            session,
            project,
            ATTENDEES,
            overall=overall_line(),
            lines=[a_line("二")],
            seen=editing_token(None),
            by=None,
            now=NOON,
        )


def test_a_child_asks_what_its_parent_asks_until_it_has_its_own(session: Session, project: Project) -> None:
    child = make_project(session, parent=project)
    above = publish_questions(session, project, a_line("上级问的"))
    assert current_questionnaire(session, child, ATTENDEES).version == above
    own = publish_questions(session, child, a_line("自己问的"))
    assert current_questionnaire(session, child, ATTENDEES).version == own
    for version in (DEFAULT_QUESTIONNAIRE.version, "", own):
        use_version(session, child, ATTENDEES, version, by=None, now=NOON)
        assert current_questionnaire(session, child, ATTENDEES).version == version or above
        activity = make_surveyed_activity(session, project=child)
        surveyed = activity_by_token(session.connection(), activity.survey_token)
        assert surveyed is not None
        assert surveyed.questionnaire == (version or above)


def test_no_project_asks_another_projects_version_or_another_audiences(
    session: Session, project: Project
) -> None:
    theirs = publish_questions(session, make_project(session), a_line("别人问的"))
    for version in (theirs, HOST_QUESTIONNAIRE.version, "none"):
        with pytest.raises(Missing):
            use_version(session, project, ATTENDEES, version, by=None, now=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE questionnaire_version SET questions = '[]'",
        "UPDATE questionnaire_version SET key = 'other'",
        "UPDATE questionnaire_version SET published_at = '2020-01-01 00:00:00'",
        "DELETE FROM questionnaire_version",
        "DELETE FROM project",
    ],
)
def test_the_database_keeps_an_answered_version_as_it_was(
    session: Session, project: Project, statement: str
) -> None:
    version = publish_questions(session, project, a_line("一"))
    child = make_project(session, parent=project)
    _answer(session, child, version)
    session.execute(text("UPDATE project SET parent_id = NULL"))
    before = session.scalars(select(QuestionnaireVersion.questions)).all()
    session.commit()
    with pytest.raises(DBAPIError, match=r"never changed|is kept|violates|constraint"):
        session.execute(text(statement))
    session.rollback()
    assert session.scalars(select(QuestionnaireVersion.questions)).all() == before


def test_a_version_nobody_answered_goes_with_its_project(session: Session, project: Project) -> None:
    publish_questions(session, project, a_line("一"))
    session.commit()
    session.delete(project)
    session.commit()
    assert session.scalars(select(QuestionnaireVersion.id)).all() == []
    assert {entry.action for entry in entries(session)} >= {"questionnaire.removed", "asking.removed"}


REPLACING = {
    "sqlite": "INSERT OR REPLACE INTO questionnaire_version {row}",
    "postgresql": "INSERT INTO questionnaire_version {row}"
    " ON CONFLICT (key) DO UPDATE SET questions = EXCLUDED.questions",
}
THE_ROW_WITH_OTHER_QUESTIONS = (
    "SELECT id, key, project_id, audience, number, '[]', published_at, published_by_id"
    " FROM questionnaire_version WHERE key = :key"
)


def test_replacing_a_row_does_not_get_around_the_trigger(session: Session, project: Project) -> None:
    version = publish_questions(session, project, a_line("一"))
    session.commit()
    statement = REPLACING[session.get_bind().dialect.name].format(row=THE_ROW_WITH_OTHER_QUESTIONS)
    with pytest.raises(IntegrityError, match=r"never changed|violates"):
        session.execute(text(statement), {"key": version})


def test_who_published_may_be_forgotten_what_was_published_stays(session: Session, project: Project) -> None:
    user = make_user(session, role=Role.MANAGER)
    asking = draft_questions(session, project, a_line("一"))
    publish(session, project, ATTENDEES, page_bytes=SMALL, seen=editing_token(asking), by=user, now=NOON)
    session.commit()
    session.delete(user)
    session.commit()
    ((version, by),) = versions_of(session, project, ATTENDEES)
    assert (version.published_by_id, by, version.number) == (None, None, 1)


def test_of_four_who_publish_one_draft_at_once_one_does(session: Session, project: Project) -> None:
    seen, project_id = editing_token(draft_questions(session, project, a_line("一"))), project.id
    session.commit()
    engine = session.get_bind()

    def try_to_publish(_place: int) -> str:
        with Session(engine) as own:
            begin_writing(own)
            theirs = own.get_one(Project, project_id)
            try:
                publish(own, theirs, ATTENDEES, page_bytes=SMALL, seen=seen, by=None, now=NOON)
            except Refused:
                return "refused"
            own.commit()
            return "published"

    with ThreadPoolExecutor(4) as threads:
        assert Counter(threads.map(try_to_publish, range(4))) == {"published": 1, "refused": 3}
    assert session.scalars(select(QuestionnaireVersion.number)).all() == [1]


def test_the_trail_tells_who_drafted_and_published_what(session: Session, project: Project) -> None:
    publish_questions(session, project, a_line("讲解清楚吗？"))
    session.commit()
    told = {entry.action: entry for entry in entries(session)}
    published, chosen = told["questionnaire.published"], told["asking.created"]
    assert published.project_id == project.id
    assert "讲解清楚吗？" in published.changes["questions"][1]
    assert chosen.changes["in_use"][1] == f"q{project.id}-1"


def _answer(session: Session, project: Project, version: str, audience: Audience = ATTENDEES) -> None:
    submit_response(
        session,
        activity=make_surveyed_activity(session, project=project),
        overall=5,
        answers={"q1": 4},
        nonce=str(uuid.uuid4()),
        device_hash=uuid.uuid4().hex,
        now=NOON,
        questionnaire=version,
        audience=audience,
    )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.lists(st.sampled_from("甲乙丙丁"), unique=True, max_size=3)),
        st.tuples(st.just("publish"), st.just([])),
        st.tuples(st.just("discard"), st.just([])),
        st.tuples(st.just("answer"), st.just([])),
        st.tuples(st.just("late"), st.just([])),
        st.tuples(st.just("back"), st.just([])),
        st.tuples(st.just("follow"), st.just([])),
    ),
    max_size=14,
)


@dataclass
class World:
    """A project's questionnaires as they should be: what each answer was asked, and every version's text."""

    asked: dict[str, str] = field(default_factory=dict)  # nonce → questions
    page: tuple[str, str] = ("", "")  # the version and the questions of a page opened first and sent later
    frozen: dict[str, str] = field(default_factory=dict)


@given(steps=STEPS, audience=st.sampled_from(list(Audience)))
@examples(12, thorough=40)
def test_whatever_is_edited_and_published_every_answer_keeps_the_questions_it_was_asked(
    session: Session, steps: list[tuple[str, Any]], audience: Audience
) -> None:
    with rolled_back(session):
        project = make_project(session)
        activity = make_surveyed_activity(session, project=project)
        world = World()
        built_in = BUILT_IN_FOR[audience]
        world.page = built_in.version, questions_json(built_in.questions)
        table = Response if audience is ATTENDEES else HostResponse
        for step, words in steps:
            now_asked = current_questionnaire(session, project, audience)
            if step == "edit":
                draft_questions(session, project, *(a_line(word) for word in words), audience=audience)
            elif (
                step == "publish"
                and (asking := project_questionnaire(session, project, audience))
                and asking.draft
            ):
                publish_questions(session, project, audience=audience)
            elif step == "discard":
                discard_draft(session, project, audience, by=None, now=NOON)
            elif step in ("back", "follow"):
                version = built_in.version if step == "back" else ""
                use_version(session, project, audience, version, by=None, now=NOON)
            elif step in ("answer", "late"):
                current = now_asked.version, questions_json(now_asked.questions)
                version, questions = current if step == "answer" else world.page
                world.page = current
                nonce = str(uuid.uuid4())
                world.asked[nonce] = questions
                submit_response(
                    session,
                    activity=activity,
                    overall=4,
                    answers={},
                    nonce=nonce,
                    device_hash=uuid.uuid4().hex,
                    now=NOON,
                    questionnaire=version,
                    audience=audience,
                )
            for row, _by in versions_of(session, project, audience):
                assert world.frozen.setdefault(row.key, row.questions) == row.questions
        stored = {
            row.nonce: row.questionnaire for row in session.execute(select(table.nonce, table.questionnaire))
        }
        found = questionnaires_of(session, stored.values())
        assert {nonce: questions_json(found[key].questions) for nonce, key in stored.items()} == world.asked
        texts = Counter(world.asked.values())
        assert Counter(questions_json(found[key].questions) for key in stored.values()) == texts
        assert len(set(stored.values())) == len(texts)  # one version for the same questions, never two
        _check_satisfaction(session, activity.id, len(stored) if audience is ATTENDEES else 0)


def _check_satisfaction(session: Session, activity_id: int, attendees: int) -> None:
    assert survey_summary(session, activity_id).valid == attendees
    session.execute(text("UPDATE activity SET status = 'approved'"))
    facts = response_facts().subquery()
    assert (session.scalar(select(func.sum(facts.c.valid))) or 0) == attendees


def test_one_row_holds_what_a_project_asks(session: Session, project: Project) -> None:
    for word in "一二三":
        publish_questions(session, project, a_line(word))
    use_version(session, project, ATTENDEES, "", by=None, now=NOON)
    assert session.scalar(select(func.count()).select_from(ProjectQuestionnaire)) == 1
