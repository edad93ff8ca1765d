"""The forms of a push and a media report, of their own or as a row of the activity form."""

from typing import Any

from wtforms import BooleanField, Form, StringField
from wtforms.validators import Optional, ValidationError

from activitylog.errors import BadInput
from activitylog.publicity.links import title_beside_link
from activitylog.publicity.rules import check_link
from activitylog.web.forms import BaseForm, ConfirmField, DayField, at_most

NO_LINK_OR_TITLE = "请粘贴文章链接；没有链接时请填写标题。"
NO_DAY = "请填写发布日期。"


def _one_link(form: Form, field: StringField) -> None:
    """Reduce a pasted text to its link, and take the title beside it unless one was typed."""
    if field.data:
        try:
            link = check_link(field.data)
        except BadInput as error:
            raise ValidationError(str(error)) from None
        form.title.data = form.title.data or title_beside_link(field.data)
        field.data = link


def _is_identified(form: Any) -> bool:
    """Whether link or title, and a day, are given; else the missing fields get an error."""
    if not form.link.data and not form.title.data:
        form.link.errors = [*form.link.errors, NO_LINK_OR_TITLE]
    if form.published_on.data is None and not form.published_on.errors:
        form.published_on.errors = [NO_DAY]
    return not form.errors


class _ArticleFields:
    """What pushes and media reports have in common; the pasted link comes first."""

    link = StringField(
        "文章链接",
        default="",
        validators=[Optional(), _one_link],
        description="整段粘贴也可以，会自动取出其中的链接和标题。",
        render_kw={"inputmode": "url", "autocomplete": "off", "autocapitalize": "none"},
    )
    title = StringField("文章标题", default="", validators=[Optional(), at_most("文章标题", 200)])
    is_another = ConfirmField("是另一篇，照样登记")


class _PushFields(_ArticleFields):
    published_on = DayField("发布日期")
    batch = StringField(
        "批次",
        default="",
        validators=[Optional(), at_most("批次", 60)],
        description="同一次群发的几篇填同一个批次；不填按发布日期算一次。",
    )


class _MediaReportFields(_ArticleFields):
    outlet = StringField("媒体名称", default="", validators=[Optional(), at_most("媒体名称", 80)])
    published_on = DayField("发布日期")
    is_repost = BooleanField("这是转载", description="转载别家的报道通常不计入报道篇数。")


class _ArticleForm(BaseForm):
    """A form of its own: the article must be identified."""

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        return _is_identified(self)


class PushForm(_PushFields, _ArticleForm):
    """One push."""


class MediaReportForm(_MediaReportFields, _ArticleForm):
    """One media report."""


class _ArticleRow(Form):
    """A row of a larger form: empty, or with an article that is identified."""

    class Meta(BaseForm.Meta):
        csrf = False

    def is_empty(self) -> bool:
        """Whether nothing was typed; the day alone does not count, as the page fills it in."""
        return not any(field.data for field in self if field.name != self.published_on.name)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        return is_valid if self.is_empty() else _is_identified(self)


class PushRow(_PushFields, _ArticleRow):
    """One push on the activity form."""


class MediaReportRow(_MediaReportFields, _ArticleRow):
    """One media report on the activity form."""
