"""The forms of an office's settings."""

from wtforms import BooleanField, FileField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from activitylog.accounts.rules import DUTY_LABELS
from activitylog.activities.rules import MAX_LENGTHS
from activitylog.core.text.words import read_words
from activitylog.environment import LATEST_CLOSE_DAY, is_web_address
from activitylog.office.rules import MAX_CONTACT_LENGTH, MAX_NAME_LENGTH
from activitylog.surveys.years.rules import SATISFACTION_LABELS, SatisfactionMethod
from activitylog.web.forms import (
    BaseForm,
    ClockField,
    ConfirmField,
    CountField,
    VersionedForm,
    at_most,
    required,
)

LONGEST_ADDRESS = 200
LONGEST_OPENING = 24 * 60  # minutes
LONGEST_CLOSING = 30 * 24  # hours
LONGEST_RETENTION = 240  # months
MOST_KINDS = 60
SHORTEST_LOG, LONGEST_LOG = 184, 3650  # days
UPLOAD_MEGABYTES = 50, 5000  # the least and the most a day


class OfficeForm(VersionedForm):
    """Who the office is, and where phones reach it."""

    office_name = StringField(
        "单位名称",
        description="写在登录页、问卷、海报和导出的文件上，如“某某区科普中心”。",
        validators=[at_most("单位名称", MAX_NAME_LENGTH)],
    )
    office_contact = StringField(
        "联系方式",
        description="同事登录不了、有疑问时找谁，如“综合科 张老师 分机 8021”。",
        validators=[at_most("联系方式", MAX_CONTACT_LENGTH)],
    )
    public_url = StringField(
        "公开网址",
        description="二维码和链接指向它，手机要打得开，如 https://kepu.example.cn；保存时会试着打开一次。接了统一登录的，改了要同时改那边登记的回调地址。",
        validators=[required("公开网址"), at_most("公开网址", LONGEST_ADDRESS)],
        render_kw={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"},
    )
    is_unreachable = ConfirmField("这个网址没错，照样保存")
    logo = FileField("标志", description="PNG 或 JPEG 图片，不选就沿用现在的。")
    drops_logo = BooleanField("不再用现在的标志")

    def validate_public_url(self, field: StringField) -> None:
        if not is_web_address(field.data or ""):
            raise ValidationError("公开网址要写全，以 https:// 或 http:// 开头，如 https://kepu.example.cn。")
        field.data = field.data.rstrip("/")


class SurveyForm(VersionedForm):
    """When surveys take answers, and how many at most."""

    survey_opens_minutes = CountField(
        "开场前多久开放", description="有开始时间的活动提前这么多分钟；没有的，当天零点起。"
    )
    survey_closes_hours = CountField("当天结束后再收多久", description="活动当天 24 点以后再收这么多小时。")
    survey_limit = CountField(
        "每分钟最多收多少份", description="同一网络、同一场活动；会场的人常在同一网络，宁大勿小；0 为不限。"
    )

    def validate_survey_opens_minutes(self, field: CountField) -> None:
        _at_most(field, LONGEST_OPENING, "分钟")

    def validate_survey_closes_hours(self, field: CountField) -> None:
        _at_most(field, LONGEST_CLOSING, "小时")

    def validate_survey_limit(self, field: CountField) -> None:
        if field.data is None:
            raise ValidationError("请填写份数，0 为不限。")


class ClosingDayForm(VersionedForm):
    """The day of the month on which the months before close by themselves."""

    close_day = CountField(
        "每月几日自动结账",
        description="从这一天起，以前的月份每晚自动结账，不再改动；0 为不自动结账，由人来结。",
    )

    def validate_close_day(self, field: CountField) -> None:
        if field.data is None or field.data > LATEST_CLOSE_DAY:
            raise ValidationError(f"请填 1 到 {LATEST_CLOSE_DAY} 之间的日子，如 5；不自动结账填 0。")


def _between(field: CountField, least: int, most: int, unit: str) -> None:
    if field.data is None or not least <= field.data <= most:
        raise ValidationError(f"请填 {least} 到 {most} 之间的整数（{unit}）。")


def _at_most(field: CountField, most: int, unit: str) -> None:
    if field.data is None or field.data > most:
        raise ValidationError(f"请填 0 到 {most} 之间的整数（{unit}）。")


class RoundingForm(VersionedForm):
    """Whether a year's figures are rounded before they are compared."""

    rounds_first = RadioField(
        "与目标比较时",
        choices={
            "": "按精确的数比较：89.996% 未达到 90%，印作 89.99%",
            "y": "先四舍五入到两位小数再比较：89.996% 取 90.00%，算达到 90%",
        },
        description="以财政部门的要求为准。一年里有月份结了账，就不能再改。",
        validators=[Optional()],
    )


_EXAMPLES = {
    SatisfactionMethod.SHARE: "80 份里 72 份满意是 90%",
    SatisfactionMethod.INDEX: "平均 4.5 分是 90%",
}


class SatisfactionForm(VersionedForm):
    """Which figure of the answers counts as a year's satisfaction."""

    method = RadioField(
        "满意度指标按什么算",
        choices={method: f"{label}，{_EXAMPLES[method]}" for method, label in SATISFACTION_LABELS.items()},
        description="以申报表和财政部门的要求为准，印在各页和导出的依据里。一年里有月份结了账，就不能再改。",
    )


class SigningInForm(VersionedForm):
    """Whose sign-in needs a code."""

    second_factor_roles = SelectMultipleField(
        "哪些角色必须开启两步验证",
        description="登录时除了密码，还要填手机上的验证码。建议至少选能结账和管理账号的。",
        choices=DUTY_LABELS,
    )


class KindsForm(VersionedForm):
    """The kinds of activity that are offered, one a line."""

    activity_kinds = TextAreaField(
        "记活动时可选的类型",
        description="一行一个，按这个顺序列出。去掉的不再列出，记过的活动仍保留；全部清空，就列用过的所有类型。",
    )

    def validate_activity_kinds(self, _field: TextAreaField) -> None:
        if len(self.kinds) > MOST_KINDS:
            raise ValidationError(f"最多 {MOST_KINDS} 个类型，现在有 {len(self.kinds)} 个，请合并几个。")
        word, longest = MAX_LENGTHS["kinds"]
        for kind in self.kinds:
            if len(kind) > longest:
                raise ValidationError(f"{word}每个最多 {longest} 个字，请缩短“{kind[:10]}……”。")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds as written, each once."""
        lines = (self.activity_kinds.data or "").splitlines()
        return tuple(dict.fromkeys(kind for line in lines for kind in read_words(line, ())))


class RetentionForm(VersionedForm):
    """How long what attendees wrote is kept."""

    text_months = CountField(
        "观众写的意见保存多少个月",
        description="从活动那天算起；0 为一直保存。绩效资料一般要保存到次年审计以后。",
    )

    def validate_text_months(self, field: CountField) -> None:
        _at_most(field, LONGEST_RETENTION, "个月")

    access_log_days = CountField(
        "访问日志保存多少天",
        description="谁在什么时候打开过哪一页，存在服务器的文件里；网络安全法要求不少于六个月。",
    )

    def validate_access_log_days(self, field: CountField) -> None:
        _between(field, SHORTEST_LOG, LONGEST_LOG, "天")


class UploadsForm(VersionedForm):
    """How much one person may store a day."""

    upload_megabytes = CountField(
        "每人每天最多上传多少",
        description="一张手机照片一般 2 到 5 MB；磁盘快满时，没到这个数也会请人稍后再传。",
    )

    def validate_upload_megabytes(self, field: CountField) -> None:
        _between(field, *UPLOAD_MEGABYTES, "MB")


class NoticesForm(VersionedForm):
    """When mails and messages of robots wait."""

    quiet_from = ClockField("从几点起不发邮件和群消息", validators=[required("几点起不发")])
    quiet_until = ClockField(
        "到几点", validators=[required("到几点")], description="两个时间填成一样，就是整天都发。"
    )


FORMS: dict[str, type[BaseForm]] = {
    "surveys": SurveyForm,
    "closing": ClosingDayForm,
    "signing_in": SigningInForm,
    "retention": RetentionForm,
    "uploads": UploadsForm,
    "notices": NoticesForm,
}
