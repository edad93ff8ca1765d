"""Asking for one push or media report, on its own page or as a row of the activity form."""

from typing import Any

from wtforms import BooleanField, Form, StringField
from wtforms.validators import Optional, ValidationError

from activitylog.errors import BadInput
from activitylog.publicity.pasting import title_beside_link
from activitylog.publicity.rules import check_link
from activitylog.web.forms import BaseForm, DayField, at_most

NOT_NAMED = "请粘贴文章链接；没有链接时请填写标题。"
NO_DAY = "请填写发布日期。"


def _one_link(form: Form, field: StringField) -> None:
    """Keep the link of a pasted text, and the title told with it unless one was typed."""
    if field.data:
        try:
            link = check_link(field.data)
        except BadInput as error:
            raise ValidationError(str(error)) from None
        form.title.data = form.title.data or title_beside_link(field.data)
        field.data = link


def _is_known(form: Any) -> bool:
    """Say on the fields what tells the article: link or title, and a day; False when something lacks."""
    if not form.link.data and not form.title.data:
        form.link.errors = [*form.link.errors, NOT_NAMED]
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


class _Record(BaseForm):
    """A form of its own: the article must be told."""

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        return _is_known(self)


class PushForm(_PushFields, _Record):
    """One push."""


class MediaReportForm(_MediaReportFields, _Record):
    """One media report."""


class _Row(Form):
    """A row of a larger form: left empty it says nothing, begun it must tell the article."""

    class Meta(BaseForm.Meta):
        csrf = False

    def is_empty(self) -> bool:
        """Nothing was typed; a day alone, which the page fills in, is nothing."""
        return not any(field.data for field in self if field.name != self.published_on.name)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        return is_valid if self.is_empty() else _is_known(self)


class PushRow(_PushFields, _Row):
    """One push on the activity form."""


class MediaReportRow(_MediaReportFields, _Row):
    """One media report on the activity form."""
