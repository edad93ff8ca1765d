"""Drafts, publishes and selects the questionnaires of a project."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.records import check_token, token_of
from activitylog.errors import BadInput, Missing, Refused
from activitylog.projects.models import Project
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.drafting import DraftLine, read_questions, why_not_publishable
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.queries import (
    current_questionnaire,
    project_questionnaire,
    questionnaires_of,
)
from activitylog.surveys.questionnaires.rules import Audience, questions_from_json, questions_json

_LETTERS = {Audience.ATTENDEES: "q", Audience.HOSTS: "h"}  # before a version's number
_OTHERS = "另一份草稿或另一版问卷"


def editing_token(record: ProjectQuestionnaire | None) -> str:
    """A token of the editor's contents; posted back, it shows whether they have changed meanwhile."""
    return token_of(record.in_use, record.draft) if record else token_of("", "")


def save_draft(
    session: Session,
    project: Project,
    audience: Audience,
    *,
    overall: DraftLine,
    lines: Sequence[DraftLine],
    seen: str,
    by: User | None,
    now: datetime,
) -> ProjectQuestionnaire:
    """Save the questions as a draft, or no draft when they equal the current questionnaire."""
    record = _locked_record(session, project, audience)
    check_token(editing_token(record), seen, current=_OTHERS)
    current = current_questionnaire(session, project, audience).questions
    before, taken = record.drafted or current, _keys_used(session, project, audience)
    text = questions_json(read_questions(overall, lines, before=before, taken=taken))
    return _update_record(
        session, record, draft="" if text == questions_json(current) else text, by=by, now=now
    )


def publish(
    session: Session,
    project: Project,
    audience: Audience,
    *,
    page_bytes: int,
    seen: str,
    by: User | None,
    now: datetime,
) -> str:
    """Publish the draft; returns its version, an earlier one if that has the same questions."""
    record = _locked_record(session, project, audience)
    if not record.draft:
        raise Refused("没有可以发布的草稿：它可能刚被别人发布或放弃了。请返回看一下现在的问卷。")
    check_token(editing_token(record), seen, current=_OTHERS)
    refusal = why_not_publishable(record.drafted, page_bytes)
    if refusal is not None:
        raise BadInput(refusal)
    version = _version_of(session, record) or _add_version(session, record, by=by, now=now)
    _update_record(session, record, draft="", in_use=version, by=by, now=now)
    return version


def use_version(
    session: Session, project: Project, audience: Audience, version: str, *, by: User | None, now: datetime
) -> None:
    """Select an earlier version, the built-in one, or with "" the parent project's questionnaire."""
    record = _locked_record(session, project, audience)
    found = questionnaires_of(session, [version]).get(version)
    is_ours = found is not None and found.audience is audience and found.project_id in (None, project.id)
    if version and not is_ours:
        raise Missing("没有这一版问卷，请从列表里选。")
    _update_record(session, record, in_use=version, by=by, now=now)


def discard_draft(
    session: Session, project: Project, audience: Audience, *, by: User | None, now: datetime
) -> None:
    """Discard the draft."""
    _update_record(session, _locked_record(session, project, audience), draft="", by=by, now=now)


def _locked_record(session: Session, project: Project, audience: Audience) -> ProjectQuestionnaire:
    """The project's record, locked against other editors but not against new activities."""
    session.execute(select(Project.id).where(Project.id == project.id).with_for_update(key_share=True))
    record = project_questionnaire(session, project, audience)
    if record is None:
        return ProjectQuestionnaire(project_id=project.id, audience=audience, in_use="", draft="")
    session.refresh(record)
    return record


def _update_record(
    session: Session, record: ProjectQuestionnaire, *, by: User | None, now: datetime, **changes: str
) -> ProjectQuestionnaire:
    if any(getattr(record, name) != value for name, value in changes.items()):
        for name, value in changes.items():
            setattr(record, name, value)
        record.changed_at, record.changed_by_id = now, None if by is None else by.id
        session.add(record)
    session.flush()
    return record


def _version_of(session: Session, record: ProjectQuestionnaire) -> str | None:
    """The version with the draft's questions, if there is one."""
    built_in = BUILT_IN_FOR[record.audience]
    if record.draft == questions_json(built_in.questions):
        return built_in.version
    same = select(QuestionnaireVersion.key).where(
        *_of(record.project_id, record.audience), QuestionnaireVersion.questions == record.draft
    )
    return session.scalar(same)


def _add_version(session: Session, record: ProjectQuestionnaire, *, by: User | None, now: datetime) -> str:
    last = select(func.max(QuestionnaireVersion.number)).where(*_of(record.project_id, record.audience))
    number = (session.scalar(last) or 0) + 1
    version = QuestionnaireVersion(
        key=f"{_LETTERS[record.audience]}{record.project_id}-{number}",
        project_id=record.project_id,
        audience=record.audience,
        number=number,
        questions=record.draft,
        published_at=now,
        published_by_id=None if by is None else by.id,
    )
    session.add(version)
    session.flush()
    return version.key


def _of(project_id: int, audience: Audience) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return QuestionnaireVersion.project_id == project_id, QuestionnaireVersion.audience == audience


def _keys_used(session: Session, project: Project, audience: Audience) -> set[str]:
    """The keys of every question ever published; they are never reused."""
    texts = session.scalars(select(QuestionnaireVersion.questions).where(*_of(project.id, audience)))
    current = [BUILT_IN_FOR[audience].questions, *map(questions_from_json, texts)]
    return {question.key for questions in current for question in questions}
