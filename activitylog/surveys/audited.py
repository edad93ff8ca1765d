"""What the audit trail records of surveys: questionnaires, access, paper tallies, exclusion decisions."""

from activitylog.activities.audited import ACTIVITY, activity_id_of, project_of_activity
from activitylog.activities.models import Activity
from activitylog.audit.registry import APPROVED_OR_WITHDRAWN, Audited, Field, RecordRef, withdrawn
from activitylog.files.models import StoredFile
from activitylog.projects.audited import PROJECT, own_project
from activitylog.surveys.answers.rules import EXCLUSION_LABELS
from activitylog.surveys.models import ExclusionDecision, Kiosk, PaperTally, SurveyAccess
from activitylog.surveys.questionnaires.built_in import BUILT_IN
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire, QuestionnaireVersion
from activitylog.surveys.questionnaires.rules import (
    AUDIENCE_LABELS,
    Audience,
    Question,
    questions_from_json,
)
from activitylog.surveys.rules import CODE_RULE_LABELS, CodeRule, ExclusionStep

AUDIENCE = Field("填写人", lambda value: AUDIENCE_LABELS[Audience(value)])


def questions(text: str) -> str:
    """Questions from JSON as numbered sentences with type and choices."""
    read = questions_from_json(text) if text else ()
    return "；".join(f"{number}. {_question(each)}" for number, each in enumerate(read, 1))


def _question(question: Question) -> str:
    kind = question.kind
    described = f"{kind.word}：{'、'.join(word for _, word in question.choices)}"
    return f"{question.sentence}（{described if kind.writes_choices else kind.word}）"


def version(key: str) -> str:
    if not key:
        return "随上级项目"
    return "默认问卷" if key in BUILT_IN else f"第 {key.partition('-')[2]} 版"


AUDITED = (
    Audited(
        PaperTally,
        "tally",
        "纸质问卷",
        {
            "activity_id": ACTIVITY,
            "very_satisfied": Field("非常满意"),
            "satisfied": Field("满意"),
            "neutral": Field("一般"),
            "dissatisfied": Field("不满意"),
            "very_dissatisfied": Field("非常不满意"),
            "recorded_on": Field("登记日期"),
            "sheet_id": Field("原表照片", refers_to=StoredFile.sha256),
            **APPROVED_OR_WITHDRAWN,
        },
        name=lambda record: f"{record.recorded_on} 登记的 {record.total} 份",
        project_id=project_of_activity,
        activity_id=activity_id_of,
        edit_verb=withdrawn,
    ),
    Audited(
        ExclusionDecision,
        "ruling",
        "扫码答卷",
        {
            "activity_id": ACTIVITY,
            "step": Field("决定", lambda value: EXCLUSION_LABELS[ExclusionStep(value)]),
            "reason": Field("理由"),
            "answers": Field("份数"),
            "numbers": Field("答卷编号"),
        },
        name=lambda record: f"{record.answers} 份",
        project_id=project_of_activity,
        activity_id=activity_id_of,
        creation_verb=lambda values: str(ExclusionStep(values["step"]).value),
    ),
    Audited(
        SurveyAccess,
        "entrance",
        "问卷入口",
        {
            "activity_id": ACTIVITY,
            "code_rule": Field("现场动态码", lambda value: CODE_RULE_LABELS[CodeRule(value)]),
        },
        name=lambda record: RecordRef(Activity.number, record.activity_id),
        key=lambda record: int(record.activity_id),
        project_id=project_of_activity,
        activity_id=activity_id_of,
        deleted_with=(SurveyAccess.activity_id,),
    ),
    Audited(
        Kiosk,
        "kiosk",
        "自助填写链接",
        {
            "activity_id": ACTIVITY,
            "expires_at": Field("有效到"),
            "revoked_at": Field("作废时间"),
        },
        name=lambda record: f"{record.id} 号",
        project_id=project_of_activity,
        activity_id=activity_id_of,
        creation_verb=lambda _values: "opened",
        edit_verb=lambda _before, _after: "revoked",
        deleted_with=(Kiosk.activity_id,),
    ),
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
        creation_verb=lambda _values: "published",
        deleted_with=(QuestionnaireVersion.project_id,),
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
        deleted_with=(ProjectQuestionnaire.project_id,),
    ),
)
