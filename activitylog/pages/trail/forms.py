"""The form that filters the audit trail."""

from collections.abc import Sequence
from datetime import timedelta

from wtforms import SelectField, StringField

from activitylog.audit.queries import TrailFilters
from activitylog.audit.registry import BY_KIND
from activitylog.core.actor import COMMAND_LINE, JOB, NOT_SIGNED_IN
from activitylog.core.period import start_of_day
from activitylog.core.text.words import clean_text
from activitylog.projects.models import Project
from activitylog.web.forms import BaseForm, DayField

ALL = {"": "全部"}
_OTHER_KINDS = {
    "retention": "保存期限",
    "sample": "示例",
    "trail": "审计记录",
    "booking": "账目",
    "answers": "答卷",
    "download": "文件",
    "page": "页面",
}


def kind_labels() -> dict[str, str]:
    """The labels of all kinds of objects with entries."""
    return {kind: spec.label for kind, spec in BY_KIND.items()} | _OTHER_KINDS


class TrailFilterForm(BaseForm):
    """The filters of the trail, from the address; an invalid value filters nothing."""

    class Meta(BaseForm.Meta):
        csrf = False

    q = StringField("名称、活动编号或内容")
    who = SelectField("人员")
    kind = SelectField("类别")
    project = SelectField("项目")
    since = DayField("从")
    until = DayField("到")

    def offer(self, *, people: Sequence[str], projects: Sequence[Project]) -> None:
        """Fill the lists, and drop values of the address that are on none of them."""
        names = (*people, COMMAND_LINE, JOB, NOT_SIGNED_IN)
        self.who.choices = ALL | {name: name for name in names}
        self.kind.choices = ALL | kind_labels()
        self.project.choices = ALL | {str(each.id): f"{each.year}年 {each.name}" for each in projects}
        for field in (self.who, self.kind, self.project):
            if field.data not in field.choices:
                field.data = ""

    def filters(self, activity_id: int | None) -> TrailFilters:
        return TrailFilters(
            who=self.who.data,
            kind=self.kind.data,
            project_id=int(self.project.data) if self.project.data else None,
            activity_id=activity_id,
            since=start_of_day(self.since.data) if self.since.data else None,
            until=start_of_day(self.until.data + timedelta(days=1)) if self.until.data else None,
            text="" if activity_id else self.text,
        )

    @property
    def text(self) -> str:
        return clean_text(self.q.data or "")

    def narrowed(self) -> dict[str, str]:
        """The filters in use as texts, by their name in the address."""
        chosen = {
            field.name: field.choices[field.data]
            for field in (self.who, self.kind, self.project)
            if field.data
        }
        days = {"since": f"从 {self.since.data}" if self.since.data else ""}
        days["until"] = f"到 {self.until.data}" if self.until.data else ""
        texts = {"q": f"“{self.text}”" if self.text else "", **chosen, **days}
        return {name: text for name, text in texts.items() if text}
