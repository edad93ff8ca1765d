"""The forms of an activity and of the filters of a list."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from typing import Any

from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from activitylog.activities.details import ActivityDetails
from activitylog.activities.rules import (
    COUNTING_METHODS,
    FORMS,
    MAX_LENGTHS,
    TICKED_ITEMS,
    VENUE_KINDS,
    QualityItem,
)
from activitylog.core.districts import DISTRICTS
from activitylog.core.text.words import read_words
from activitylog.projects.models import Project
from activitylog.web.forms import (
    BaseForm,
    ClockField,
    ConfirmField,
    CountField,
    DayField,
    SuggestionField,
    at_most,
    required,
)

NO_DISTRICT = "-"  # the choice of an activity held online
DISTRICT_CHOICES = {district.code: district.name for district in DISTRICTS}
ALL = {"": "全部"}
MOST_LISTED = 6  # kinds in a sentence


class FormStep(StrEnum):
    """The buttons of the form: submit for review, save as plan, save."""

    SUBMIT = "submit"
    PLAN = "plan"
    SAVE = "save"


class ActivityForm(BaseForm):
    """The form of an activity, its fields in the order they are known on site."""

    version = HiddenField()
    base = HiddenField()
    then = HiddenField(default=FormStep.SUBMIT)
    project_id = SelectField(
        "项目",
        coerce=lambda value: int(value or 0),
        validators=[required("项目", verb="选择")],
        invalid_choice_message="请从列表中选择您所在的项目。",
        invalid_value_message="请从列表中选择您所在的项目。",
    )
    kinds = SelectMultipleField(
        "活动类型",
        invalid_choice_message="活动类型请从列出的里面选；没有的，填在“其他类型”里。",
        description="可多选；一场活动属于几类就选几类。",
    )
    new_kind = StringField("其他类型", validators=[at_most(*MAX_LENGTHS["kinds"])])
    kinds_answer = SuggestionField("活动类型写对了吗")
    title = StringField("活动名称", validators=[required("活动名称"), at_most(*MAX_LENGTHS["title"])])
    held_on = DayField("举办日期")
    start_time = ClockField("开始时间")
    venue_name = StringField("场所名称", validators=[at_most(*MAX_LENGTHS["venue_name"])])
    venue_kind = SelectField("场所类型", default="", invalid_choice_message="请从列表中选择场所类型。")
    venue_kind_answer = SuggestionField("场所类型写对了吗")
    district = SelectField("所在区", default="", invalid_choice_message="请从列表中选择所在区。")
    more_districts = SelectMultipleField(
        "观众还来自哪些区", choices=DISTRICT_CHOICES, invalid_choice_message="请从 16 个区中选择。"
    )
    audience_onsite = CountField("现场人数")
    heads_confirmed = ConfirmField("人数没有写错")
    audience_online = CountField("线上人数")
    audience_young = CountField("青少年", description="知道的才填；四项合计不超过总人数。")
    audience_elderly = CountField("老年人")
    audience_office = CountField("白领")
    audience_others = CountField("其他人群")
    counting_method = RadioField(
        "人数怎么来的",
        choices=list(COUNTING_METHODS),
        validators=[Optional()],
        invalid_choice_message="计数方式请从列出的里面选。",
    )
    speaker = StringField(
        "主讲",
        validators=[at_most(*MAX_LENGTHS["speaker"])],
        description="主讲人或合作单位，如 王老师（市天文学会）。",
    )
    form = RadioField(
        "科普形式", validators=[Optional()], invalid_choice_message="科普形式请从列出的里面选。"
    )
    form_answer = SuggestionField("科普形式写对了吗")
    planned_on = DayField("计划日期", description="事先定好的日期；按时举办率按它计算。")
    checks = SelectMultipleField(
        "质量检查",
        choices=list(TICKED_ITEMS),
        invalid_choice_message="质量检查请从列出的几项中勾选。",
        description="做到的勾上，审核时会核对；照片和总结由系统检查。",
    )
    summary = TextAreaField("活动总结", validators=[at_most(*MAX_LENGTHS["summary"])])
    note = TextAreaField("备注", validators=[at_most(*MAX_LENGTHS["note"])])

    def offer(
        self,
        *,
        projects: Sequence[Project],
        kinds: Iterable[str],
        counted: Mapping[int, Mapping[str, Collection[str]]],
        stored: ActivityDetails | None = None,
    ) -> None:
        """Fill the choices; the values of a stored activity stay among them.

        `counted` are the words by field that rules of each project count by; where they count by kinds, an
        activity needs one, unless it was stored without and is not submitted again.
        """
        words = {project.id: counted.get(project.id, {}) for project in projects}
        self.counted_kinds = {
            number: sorted(each["kinds"]) for number, each in words.items() if "kinds" in each
        }
        self.had_kinds = stored is not None and bool(stored.kinds)
        self.exempt = [project.name for project in projects if project.skips_review]
        years = {project.year for project in projects}
        names = {p.id: p.name if len(years) == 1 else f"{p.year}年 {p.name}" for p in projects}
        self.project_id.choices = names if len(names) == 1 else {"": "请选择项目"} | names
        self.kinds.choices = list(dict.fromkeys([*kinds, *(stored.kinds if stored else ())]))
        venue_kinds, forms = _counted_by(words, "venue_kind"), _counted_by(words, "form")
        chosen = (stored.venue_kind, stored.form) if stored else ("", "")
        self.venue_kind.choices = {"": "请选择"} | _choices_with((*VENUE_KINDS, *venue_kinds), chosen[0])
        self.form.choices = _choices_with((*FORMS, *forms), chosen[1])
        self.district.choices = {"": "请选择"} | DISTRICT_CHOICES | {NO_DISTRICT: "线上举办，不分区"}

    @property
    def is_plan(self) -> bool:
        return bool(self.then.data == FormStep.PLAN)

    @property
    def is_submitted_for_review(self) -> bool:
        return self.then.data not in (FormStep.PLAN, FormStep.SAVE)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for field, sentence in self._missing_fields().items():
            self[field].errors = [*self[field].errors, sentence]
        return not self.errors

    def _missing_fields(self) -> dict[str, str]:
        if self.errors.keys() & {"planned_on", "held_on"}:
            return {}
        if self.is_plan:
            named = self.planned_on.data or self.held_on.data
            return {} if named else {"planned_on": "请填写计划日期。"}
        missing = {}
        if self.is_submitted_for_review and not self.held_on.data:
            missing["held_on"] = "请填写举办日期；还没有举办的，请点“保存计划”。"
        kinds = self.counted_kinds.get(self.project_id.data)
        if kinds and not self.chosen_kinds and (self.is_submitted_for_review or self.had_kinds):
            missing["kinds"] = f"请选择活动类型：这个项目的指标按类型数（{'、'.join(kinds[:MOST_LISTED])}）。"
        if self.district.data == "":
            missing["district"] = "请选择所在区；线上举办的选最后一项。"
        if self.audience_onsite.data is None and self.audience_online.data is None:
            missing["audience_onsite"] = "请填写现场人数，没有现场观众的填 0。"
        return {field: sentence for field, sentence in missing.items() if not self[field].errors}

    @property
    def chosen_kinds(self) -> tuple[str, ...]:
        """The kinds ticked and those typed; several may be typed at once."""
        known = {value for value, *_ in self.kinds.iter_choices()}
        return tuple(dict.fromkeys([*(self.kinds.data or ()), *read_words(self.new_kind.data or "", known)]))

    @property
    def answers(self) -> dict[str, str]:
        """What the person said of doubted words, by field."""
        return {name: self[f"{name}_answer"].data or "" for name in ("kinds", "venue_kind", "form")}

    def details(self) -> ActivityDetails:
        """The details entered; a plan's only date may be in either date field."""
        held_on, planned_on = self.held_on.data, self.planned_on.data
        if self.is_plan:
            held_on, planned_on = None, planned_on or held_on
        first = [] if self.district.data in (None, "", NO_DISTRICT) else [self.district.data]
        combined: dict[str, Any] = {
            "kinds": self.chosen_kinds,
            "districts": tuple(dict.fromkeys([*first, *(self.more_districts.data or ())])),
            "planned_on": planned_on,
            "held_on": held_on,
            "checks": tuple(QualityItem(item) for item in self.checks.data or ()),
        }
        plain = (field for field in fields(ActivityDetails) if field.name not in combined)
        return ActivityDetails(**combined, **{field.name: self._value(field) for field in plain})

    def _value(self, field: Field[Any]) -> Any:
        """What was typed for a field of the details, its default for nothing."""
        value = self[field.name].data
        return value if field.default is MISSING else value or field.default


def _counted_by(words: Mapping[int, Mapping[str, Collection[str]]], field: str) -> list[str]:
    return sorted({word for each in words.values() for word in each.get(field, ())})


def _choices_with(choices: Sequence[str], stored: str) -> dict[str, str]:
    return {choice: choice for choice in (*choices, *([stored] if stored else []))}
