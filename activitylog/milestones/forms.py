"""The forms of a milestone and of the day it was done."""

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, StringField
from wtforms.validators import Optional

from activitylog.web.forms import BaseForm, DayField, SuggestionField, VersionedForm, at_most, required


class MilestoneForm(VersionedForm):
    """One milestone; its kind is one of those used before or a new word."""

    kind = RadioField("类别", validators=[Optional()], validate_choice=False)
    other_kind = StringField(
        "其他类别",
        default="",
        validators=[Optional(), at_most("其他类别", 40)],
        description="上面没有的才填；指标按类别计数，同一类请用同一个词。",
    )
    kind_answer = SuggestionField("类别写对了吗")
    name = StringField("名称", validators=[required("里程碑名称"), at_most("名称", 200)])
    due_on = DayField("计划日期")
    done_on = DayField("完成日期", description="完成后再填；填错了可以清空。")

    def __init__(self, *args: Any, kinds: Sequence[str], **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = [(kind, kind) for kind in kinds]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.chosen_kind:
            self.kind.errors = ["请选择类别，或在“其他类别”里填写。"]
        elif self.kind.data and self.other_kind.data:
            self.other_kind.errors = [
                f"上面已选“{self.kind.data}”，类别只能有一个，请清空这一栏或不选上面的。"
            ]
        return not self.errors

    @property
    def chosen_kind(self) -> str:
        return str(self.other_kind.data or self.kind.data or "")


class DoneForm(BaseForm):
    """The day a milestone was done; none means today."""

    done_on = DayField("完成日期")
