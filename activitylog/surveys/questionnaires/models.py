"""Tables of questionnaires: published versions, which never change, and each project's current one."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from activitylog.core.database import Base
from activitylog.surveys.questionnaires.rules import Audience, Question, Questionnaire, questions_from_json


class QuestionnaireVersion(Base):
    """A published version; triggers refuse every change, and deletion once it is answered."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (UniqueConstraint("project_id", "audience", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(20), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    audience: Mapped[Audience]
    number: Mapped[int]
    questions: Mapped[str] = mapped_column(Text)
    # bookkeeping
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    @property
    def questionnaire(self) -> Questionnaire:
        return Questionnaire(self.key, questions_from_json(self.questions), self.audience, self.project_id)


class ProjectQuestionnaire(Base):
    """A project's questionnaire for one audience: the version in use ("" for its parent's) and the draft."""

    __tablename__ = "project_questionnaire"
    __table_args__ = (UniqueConstraint("project_id", "audience"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    audience: Mapped[Audience]
    in_use: Mapped[str] = mapped_column(String(20), default="")
    draft: Mapped[str] = mapped_column(Text, default="")
    # bookkeeping
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))

    @property
    def drafted(self) -> tuple[Question, ...]:
        return questions_from_json(self.draft) if self.draft else ()
