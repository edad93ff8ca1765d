"""Audited questionnaires: what was drafted, published, and chosen to be asked."""

from activitylog.audit.registry import Audited, Field
from activitylog.audited.words import PROJECT, own_project
from activitylog.surveys.questionnaires.built_in import BUILT_IN
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.questions import AUDIENCE_LABELS, TYPES, Audience, Question, read_back


def questions(text: str) -> str:
    """Numbered sentences with their sort and choices."""
    asked = read_back(text) if text else ()
    return "；".join(f"{number}. {_question(each)}" for number, each in enumerate(asked, 1))


def _question(question: Question) -> str:
    kind = TYPES[question.type]
    sort = f"{kind.word}：{'、'.join(word for _, word in question.choices)}"
    return f"{question.sentence}（{sort if kind.writes_choices else kind.word}）"


def version(key: str) -> str:
    if not key:
        return "随上级项目"
    return "默认问卷" if key in BUILT_IN else f"第 {key.partition('-')[2]} 版"


AUDIENCE = Field("填写人", lambda value: AUDIENCE_LABELS[Audience(value)])
ASKED = (
    Audited(
        QuestionnaireVersion,
        "questionnaire",
        "问卷",
        {
            "project_id": PROJECT,
            "audience": AUDIENCE,
            "number": Field("版次"),
            "questions": Field("题目", questions),
        },
        name=lambda record: f"{AUDIENCE_LABELS[record.audience]}第 {record.number} 版",
        project_id=own_project,
        added=lambda _values: "published",
        goes_with=(QuestionnaireVersion.project_id,),
    ),
    Audited(
        ProjectQuestionnaire,
        "asking",
        "问卷设置",
        {
            "project_id": PROJECT,
            "audience": AUDIENCE,
            "in_use": Field("使用的问卷", version),
            "draft": Field("草稿", questions),
        },
        name=lambda record: AUDIENCE_LABELS[record.audience],
        project_id=own_project,
        goes_with=(ProjectQuestionnaire.project_id,),
    ),
)
