"""What the page of a project's questionnaires shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Row
from sqlalchemy.orm import Session

from activitylog.projects.models import Project
from activitylog.surveys.questionnaires import queries
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.questionnaires.drafting import seconds_to_answer, why_not_publishable
from activitylog.surveys.questionnaires.rules import AUDIENCE_LABELS, Audience, Questionnaire


@dataclass(frozen=True, slots=True)
class QuestionnairePage:
    """The questionnaire in use, the draft and all versions.

    `own` is the version that the project has selected, or "". The draft takes `seconds` to answer and makes
    a page of so many `kilobytes`; `refusal` says why it cannot be published.
    """

    labels: ClassVar[Mapping[Audience, str]] = AUDIENCE_LABELS

    project: Project
    audience: Audience
    in_use: Questionnaire
    own: str
    has_draft: bool
    versions: Sequence[Row[*tuple[Any, ...]]]
    seconds: int
    kilobytes: str
    refusal: str | None

    @property
    def built_in(self) -> str:
        """The version of the built-in questionnaire."""
        return BUILT_IN_FOR[self.audience].version


def questionnaire_page(
    session: Session, project: Project, audience: Audience, drafted: Questionnaire, *, page_bytes: int
) -> QuestionnairePage:
    record = queries.project_questionnaire(session, project, audience)
    return QuestionnairePage(
        project=project,
        audience=audience,
        in_use=queries.current_questionnaire(session, project, audience),
        own=record.in_use if record else "",
        has_draft=bool(record and record.draft),
        versions=queries.versions_of(session, project, audience),
        seconds=seconds_to_answer(drafted.questions),
        kilobytes=f"{page_bytes / 1024:.1f}",
        refusal=why_not_publishable(drafted.questions, page_bytes),
    )
