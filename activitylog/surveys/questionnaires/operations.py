"""A project's questionnaires: drafted, published as a version that never changes, and chosen."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.records import check_token, token_of
from activitylog.errors import BadInput, Missing, Refused
from activitylog.projects.models import Project
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.drafting import Line, questions_from, why_too_much
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.queries import asked_by, asking_of, questionnaires_of
from activitylog.surveys.questionnaires.questions import Audience, read_back, written

_LETTERS = {Audience.ATTENDEES: "q", Audience.HOSTS: "h"}  # before a version's number
_OTHERS = "另一份草稿或另一版问卷"


def as_shown(asking: ProjectQuestionnaire | None) -> str:
    """A digest of what the editor showed; sent back, it tells whether that still stands."""
    return token_of(asking.in_use, asking.draft) if asking else token_of("", "")


def save_draft(
    session: Session,
    project: Project,
    audience: Audience,
    *,
    overall: Line,
    lines: Sequence[Line],
    seen: str,
    by: User | None,
    now: datetime,
) -> ProjectQuestionnaire:
    """Keep questions to be published later; those already asked are no draft."""
    asking = _locked(session, project, audience)
    check_token(as_shown(asking), seen, current=_OTHERS)
    asked = asked_by(session, project, audience).questions
    before, taken = asking.drafted or asked, _keys_used(session, project, audience)
    text = written(questions_from(overall, lines, before=before, taken=taken))
    return _keep(session, asking, draft="" if text == written(asked) else text, by=by, now=now)


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
    """Ask the draft from now on; returns its version, the old one where the same was asked before."""
    asking = _locked(session, project, audience)
    if not asking.draft:
        raise Refused("没有可以发布的草稿：它可能刚被别人发布或放弃了。请返回看一下现在的问卷。")
    check_token(as_shown(asking), seen, current=_OTHERS)
    refusal = why_too_much(asking.drafted, page_bytes)
    if refusal is not None:
        raise BadInput(refusal)
    version = _version_of(session, asking) or _add_version(session, asking, by=by, now=now)
    _keep(session, asking, draft="", in_use=version, by=by, now=now)
    return version


def use_version(
    session: Session, project: Project, audience: Audience, version: str, *, by: User | None, now: datetime
) -> None:
    """Ask an earlier version again, the built-in one, or with "" whatever the project above asks."""
    asking = _locked(session, project, audience)
    found = questionnaires_of(session, [version]).get(version)
    is_ours = found is not None and found.audience is audience and found.project_id in (None, project.id)
    if version and not is_ours:
        raise Missing("没有这一版问卷，请从列表里选。")
    _keep(session, asking, in_use=version, by=by, now=now)


def discard_draft(
    session: Session, project: Project, audience: Audience, *, by: User | None, now: datetime
) -> None:
    """Forget what was not published."""
    _keep(session, _locked(session, project, audience), draft="", by=by, now=now)


def _locked(session: Session, project: Project, audience: Audience) -> ProjectQuestionnaire:
    """What the project asks, while everybody else who edits it waits; activities are logged all the same."""
    session.execute(select(Project.id).where(Project.id == project.id).with_for_update(key_share=True))
    asking = asking_of(session, project, audience)
    if asking is None:
        return ProjectQuestionnaire(project_id=project.id, audience=audience, in_use="", draft="")
    session.refresh(asking)
    return asking


def _keep(
    session: Session, asking: ProjectQuestionnaire, *, by: User | None, now: datetime, **wanted: str
) -> ProjectQuestionnaire:
    if any(getattr(asking, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(asking, name, value)
        asking.changed_at, asking.changed_by_id = now, None if by is None else by.id
        session.add(asking)
    session.flush()
    return asking


def _version_of(session: Session, asking: ProjectQuestionnaire) -> str | None:
    """The version under which the draft was asked before."""
    built_in = BUILT_IN_FOR[asking.audience]
    if asking.draft == written(built_in.questions):
        return built_in.version
    same = select(QuestionnaireVersion.key).where(
        *_of(asking.project_id, asking.audience), QuestionnaireVersion.questions == asking.draft
    )
    return session.scalar(same)


def _add_version(session: Session, asking: ProjectQuestionnaire, *, by: User | None, now: datetime) -> str:
    last = select(func.max(QuestionnaireVersion.number)).where(*_of(asking.project_id, asking.audience))
    number = (session.scalar(last) or 0) + 1
    version = QuestionnaireVersion(
        key=f"{_LETTERS[asking.audience]}{asking.project_id}-{number}",
        project_id=asking.project_id,
        audience=asking.audience,
        number=number,
        questions=asking.draft,
        published_at=now,
        published_by_id=None if by is None else by.id,
    )
    session.add(version)
    session.flush()
    return version.key


def _of(project_id: int, audience: Audience) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return QuestionnaireVersion.project_id == project_id, QuestionnaireVersion.audience == audience


def _keys_used(session: Session, project: Project, audience: Audience) -> set[str]:
    """The keys of every question ever published, which no other question gets."""
    texts = session.scalars(select(QuestionnaireVersion.questions).where(*_of(project.id, audience)))
    asked = [BUILT_IN_FOR[audience].questions, *map(read_back, texts)]
    return {question.key for questions in asked for question in questions}
