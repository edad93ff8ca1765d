"""The form of an indicator's rule."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.validators import Optional

from activitylog.activities.rules import FORMS, HEADS_BY_GROUP, VENUE_KINDS
from activitylog.core.districts import DISTRICTS
from activitylog.core.text.words import clean_text, read_words
from activitylog.indicators.measures import Measure
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.declaration.document import plain_number
from activitylog.web.forms import VersionedForm, at_most, typed_figure

JUDGED = "judged"
DISTRICT_CHOICES = {district.code: district.name for district in DISTRICTS}
_TOLERANCE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,4})?")


class RuleForm(VersionedForm):
    """A rule: the measure, and what its records must be."""

    measure = RadioField("计量方式", validate_choice=False)
    kinds = SelectMultipleField("活动类型", description="不选就计全部类型。", validate_choice=False)
    new_kinds = StringField(
        "新的活动类型",
        default="",
        validators=[Optional(), at_most("新的活动类型", 60)],
        description="上面没有的才填，几个类型用“、”隔开；记活动时选同样的词才会计入。",
    )
    venue_kinds = SelectMultipleField("场所类型", description="不选就不限场所。", validate_choice=False)
    forms = SelectMultipleField("科普形式", description="不选就不限形式。", validate_choice=False)
    districts = SelectMultipleField(
        "区", choices=DISTRICT_CHOICES, description="不选就计全市。", validate_choice=False
    )
    expense_kinds = SelectMultipleField("支出类别", description="不选就计全部支出。", validate_choice=False)
    milestone_kind = RadioField("里程碑类别", validators=[at_most("里程碑类别", 40)], validate_choice=False)
    other_milestone_kind = StringField(
        "其他类别",
        default="",
        validators=[Optional(), at_most("其他类别", 40)],
        description="上面没有的才填。",
    )
    audience_group = RadioField(
        "人群",
        choices={"": "不分人群"} | {group: group for group in HEADS_BY_GROUP},
        default="",
        validators=[Optional()],
    )
    includes_online = BooleanField("加上线上人数")
    includes_reposts = BooleanField("转载也计入")
    tolerance = StringField(
        "容差", default="", description="指标值为“=”时，相差不超过这个数视为达到；没有就留空。"
    )

    def offer(
        self,
        *,
        measures: Iterable[Measure],
        is_judged: bool,
        kinds: Iterable[str],
        venue_kinds: Iterable[str],
        forms: Iterable[str],
        expense_kinds: Iterable[str],
        milestone_kinds: Sequence[str],
    ) -> None:
        """Set the choices; kinds the rule already has stay among them."""
        none = [(JUDGED, "没有可计的数，只由人评定")] if is_judged else []
        self.measure.choices = [(measure.key, measure.label) for measure in measures] + none
        self.kinds.choices = [(kind, kind) for kind in kinds]
        known = [*VENUE_KINDS, *(kind for kind in venue_kinds if kind not in VENUE_KINDS)]
        self.venue_kinds.choices = [(kind, kind) for kind in known]
        self.forms.choices = [(form, form) for form in dict.fromkeys((*FORMS, *forms))]
        self.expense_kinds.choices = [(kind, kind) for kind in dict.fromkeys(expense_kinds)]
        self.milestone_kind.choices = [("", "不限类别"), *((kind, kind) for kind in milestone_kinds)]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.measure.data not in {value for value, *_ in self.measure.choices}:
            self.measure.errors = ["请选择计量方式。"]
        if any(len(kind) > 60 for kind in self._typed_kinds):
            self.new_kinds.errors = ["活动类型每个最多 60 个字，请缩短。"]
        try:
            self._tolerance()
        except ValueError as error:
            self.tolerance.errors = [str(error)]
        return not self.errors

    @property
    def _typed_kinds(self) -> list[str]:
        known = {value for value, *_ in self.kinds.choices}
        return list(read_words(self.new_kinds.data or "", known))

    def _tolerance(self) -> Decimal:
        typed = clean_text(self.tolerance.data or "").removesuffix("%").removesuffix("％")
        text = typed_figure(self.tolerance, [typed], expected="不小于 0 的数，如 0.5")
        if not text:
            return Decimal(0)
        if not _TOLERANCE.fullmatch(text):
            raise ValueError("容差应为不小于 0 的数，如 0.5。")
        return Decimal(plain_number(Decimal(text)))

    @property
    def details(self) -> RuleDetails:
        """The rule filled in; only after `validate`."""
        offered = {value for value, *_ in self.kinds.choices}
        chosen = [kind for kind in self.kinds.data or () if kind in offered]
        return RuleDetails(
            measure=None if self.measure.data == JUDGED else self.measure.data,
            kinds=tuple(dict.fromkeys([*chosen, *self._typed_kinds])),
            venue_kinds=_chosen(self.venue_kinds),
            forms=_chosen(self.forms),
            districts=tuple(code for code in self.districts.data or () if code in DISTRICT_CHOICES),
            expense_kinds=_chosen(self.expense_kinds),
            milestone_kind=self.other_milestone_kind.data or self.milestone_kind.data or None,
            audience_group=self.audience_group.data or None,
            includes_online=bool(self.includes_online.data),
            includes_reposts=bool(self.includes_reposts.data),
            tolerance=self._tolerance(),
        )


def _chosen(field: SelectMultipleField) -> tuple[str, ...]:
    """What was ticked of the choices offered."""
    offered = {value for value, *_ in field.choices}
    return tuple(dict.fromkeys(word for word in field.data or () if word in offered))


def written(details: RuleDetails) -> dict[str, Any]:
    """The form's values of a rule."""
    return {
        "measure": details.measure or JUDGED,
        "kinds": list(details.kinds),
        "venue_kinds": list(details.venue_kinds),
        "forms": list(details.forms),
        "districts": list(details.districts),
        "expense_kinds": list(details.expense_kinds),
        "milestone_kind": details.milestone_kind or "",
        "audience_group": details.audience_group or "",
        "includes_online": details.includes_online,
        "includes_reposts": details.includes_reposts,
        "tolerance": plain_number(details.tolerance) if details.tolerance else "",
    }
