"""Queries on a project's questionnaires: current, published and drafted."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    select,
)
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.projects.models import Project
from activitylog.surveys.questionnaires.built_in import BUILT_IN, BUILT_IN_FOR
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import Audience, Questionnaire, questions_from_json


def current_questionnaire(session: Session, project: Project, audience: Audience) -> Questionnaire:
    """The questionnaire in use: the project's, else its parent's, else the built-in one."""
    ids = [project.id, project.parent_id]
    rows = session.execute(
        select(ProjectQuestionnaire.project_id, ProjectQuestionnaire.in_use).where(
            ProjectQuestionnaire.project_id.in_(ids), ProjectQuestionnaire.audience == audience
        )
    )
    in_use = {row.project_id: row.in_use for row in rows}
    version = in_use.get(project.id) or in_use.get(project.parent_id) or BUILT_IN_FOR[audience].version
    return questionnaires_of(session, [version])[version]


def project_questionnaire(
    session: Session, project: Project, audience: Audience
) -> ProjectQuestionnaire | None:
    """The project's own record: version in use and draft."""
    statement = select(ProjectQuestionnaire).where(
        ProjectQuestionnaire.project_id == project.id, ProjectQuestionnaire.audience == audience
    )
    found: ProjectQuestionnaire | None = session.scalar(statement)
    return found


def versions_of(session: Session, project: Project, audience: Audience) -> Sequence[Row[*tuple[Any, ...]]]:
    """The project's published versions, newest first, with the publisher's name."""
    statement = (
        select(QuestionnaireVersion, User.name)
        .outerjoin(User, User.id == QuestionnaireVersion.published_by_id)
        .where(QuestionnaireVersion.project_id == project.id, QuestionnaireVersion.audience == audience)
        .order_by(QuestionnaireVersion.number.desc())
    )
    return session.execute(statement).all()


def questionnaires_of(database: Session | Connection, keys: Iterable[str]) -> dict[str, Questionnaire]:
    """The questionnaires by version, as `response.questionnaire` names them; those built in among them."""
    versions = set(keys)
    found = {key: BUILT_IN[key] for key in versions & BUILT_IN.keys()}
    own = sorted(key for key in versions - found.keys() if "\0" not in key)
    if own:
        for key, questions, audience, project_id in database.execute(_VERSIONS, {"keys": own}):
            found[key] = Questionnaire(key, questions_from_json(questions), audience, project_id)
    return found


def all_questionnaires(session: Session) -> list[Questionnaire]:
    """Every version for whomever, those built in among them."""
    own = session.scalars(select(QuestionnaireVersion))
    return [*BUILT_IN.values(), *(version.questionnaire for version in own)]


_VERSIONS = select(
    QuestionnaireVersion.key,
    QuestionnaireVersion.questions,
    QuestionnaireVersion.audience,
    QuestionnaireVersion.project_id,
).where(QuestionnaireVersion.key.in_(bindparam("keys", expanding=True)))
