"""The form for pasted text, and the form of the links read from it, one row each."""

from typing import Any

from wtforms import BooleanField, FormField, SelectField, StringField, TextAreaField

from activitylog.activities.models import Activity
from activitylog.core.text.words import read_name, read_title
from activitylog.errors import ActivityLogError
from activitylog.pages.activity_form.forms import ArticleRows, new_push, new_report
from activitylog.pages.activity_form.operations import NewPush, NewReport
from activitylog.publicity.forms import MediaReportRow
from activitylog.publicity.models import MediaReport, Push
from activitylog.web.forms import BaseForm, at_most, required

LONGEST_TEXT = 20_000
KINDS = {"push": "公众号推送", "report": "媒体报道"}


class PastedLinksForm(BaseForm):
    """The pasted text as it was copied."""

    text = TextAreaField(
        "粘贴的内容",
        validators=[required("链接", verb="粘贴"), at_most("粘贴的内容", LONGEST_TEXT)],
        description="文章链接，一行一个或整段聊天记录都可以；标题和日期写在链接旁的，会一起读出来。",
    )


class PastedRow(MediaReportRow):
    """One link with its kind and publication; a row whose box is not ticked counts as empty."""

    is_wanted = BooleanField("登记这一篇")
    kind = SelectField("登记为", choices=KINDS, invalid_choice_message="请选择公众号推送或媒体报道。")
    batch = StringField("批次", default="", validators=[at_most("批次", 60)])

    def is_empty(self) -> bool:
        return not self.is_wanted.data

    def article(self, activity: Activity) -> Push | MediaReport | None:
        """What the row would store on the activity; None without a day."""
        day = self.published_on.data
        if day is None:
            return None
        title, link = read_title(self.title.data or ""), self.link.data or ""
        common = {"project_id": activity.project_id, "title": title, "link": link, "published_on": day}
        if self.kind.data == "push":
            return Push(**common)
        return MediaReport(outlet=read_name(self.outlet.data or ""), **common)


class PastedForm(BaseForm):
    """The links to check before they are stored."""

    rows = ArticleRows(FormField(PastedRow), "链接", min_entries=0)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.errors and not self.ticked_rows():
            self.form_errors.append("没有勾选要登记的链接；都已登记过的，可以直接返回活动。")
        return not self.errors

    def ticked_rows(self) -> list[Any]:
        return [row for row in self.rows if row.form.is_wanted.data]

    def pushes(self) -> list[NewPush]:
        return [new_push(row) for row in self.ticked_rows() if row.form.kind.data == "push"]

    def reports(self) -> list[NewReport]:
        return [new_report(row) for row in self.ticked_rows() if row.form.kind.data == "report"]

    def refuse(self, refusal: ActivityLogError) -> None:
        """Show the refusal beside its field in a row, named as in `rows-0-link`."""
        _, _, path = (refusal.field or "").partition("-")
        index, _, name = path.partition("-")
        if not name:
            super().refuse(refusal)
            return
        row = self.rows.entries[int(index)].form
        field = getattr(row, name, row.link)
        field.errors = [*field.errors, str(refusal)]
