"""The form of what an office sends notices by: its mail server, and the robots of its groups."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from wtforms import PasswordField, RadioField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from activitylog.errors import BadInput
from activitylog.notices.delivery.rules import LONGEST_WEBHOOK, read_webhook, target_of
from activitylog.notices.rules import is_mail_address
from activitylog.settings import Settings
from activitylog.web.forms import CountField, VersionedForm, at_most

LONGEST_HOST, LONGEST_ACCOUNT, LONGEST_PASSWORD = 253, 120, 120
LARGEST_PORT = 65535
SECURITY = {
    "ssl": "SSL，多用端口 465",
    "starttls": "STARTTLS，多用端口 587",
    "insecure": "不加密，只限内网",
}
FIELDS = {
    "mail_url": ("mail_host", "mail_port", "mail_security", "mail_user", "mail_password", "mail_sender"),
    "notice_urls": ("kept_robots", "robot"),
}
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class SendingForm(VersionedForm):
    """A mail server, and robots of groups: those there are, and one more."""

    mail_host = StringField(
        "发信服务器",
        description="问邮箱管理员，如 smtp.exmail.qq.com；留空就不发邮件。",
        validators=[at_most("发信服务器", LONGEST_HOST)],
        render_kw={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"},
    )
    mail_port = CountField("端口")
    mail_security = RadioField("加密", choices=SECURITY)
    mail_user = StringField(
        "账号",
        description="一般就是发件的邮箱；服务器不要账号的，留空。",
        validators=[at_most("账号", LONGEST_ACCOUNT)],
        render_kw={"autocomplete": "off"},
    )
    mail_password = PasswordField(
        "密码或授权码",
        description="不显示已经存下的；不换就留空。",
        validators=[at_most("密码", LONGEST_PASSWORD)],
        render_kw={"autocomplete": "new-password"},
    )
    mail_sender = StringField("发件地址", description="收信人看到的，如 kepu@example.cn。")
    kept_robots = SelectMultipleField("现在的群机器人", description="去掉勾选的，不再往那个群里发。")
    robot = StringField(
        "再加一个群机器人",
        description="在企业微信、钉钉或飞书的群设置里添加机器人，把它给的 Webhook 地址整个粘贴进来。",
        validators=[at_most("Webhook 地址", LONGEST_WEBHOOK)],
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_mail_host(self, field: StringField) -> None:
        if field.data and not _HOST.fullmatch(field.data):
            raise ValidationError(f"“{field.data}”不是服务器的名字，请写成如 smtp.exmail.qq.com。")

    def validate_mail_port(self, field: CountField) -> None:
        if self.mail_host.data and not 0 < (field.data or 0) <= LARGEST_PORT:
            raise ValidationError(f"端口请填 1 到 {LARGEST_PORT}，一般是 465。")

    def validate_mail_sender(self, field: StringField) -> None:
        if self.mail_host.data and not is_mail_address(field.data or ""):
            raise ValidationError("请填写完整的发件邮箱，如 kepu@example.cn。")

    @classmethod
    def of(cls, settings: Settings, *, seen: str) -> "SendingForm":
        """The form with what is in force, less its secrets."""
        form = cls(data=_mail_parts(settings.mail_url) | {"seen": seen})
        robots = {target_of(url): _robot_label(url, settings) for url in settings.notice_urls}
        form.kept_robots.choices = list(robots.items())
        if not form.is_submitted():
            form.kept_robots.data = list(robots)
        return form

    def mail_url(self, settings: Settings) -> str:
        """The mail server as typed; without a password the one in force, if server and account are its."""
        host, user = self.mail_host.data, self.mail_user.data or ""
        if not host:
            return ""
        now = _mail_parts(settings.mail_url)
        password = self.mail_password.data or ""
        if not password and user:
            if (now["mail_host"], now["mail_user"]) != (host, user):
                raise BadInput("换了服务器或账号，密码要一起填。", field="mail_password")
            password = unquote(urlsplit(settings.mail_url).password or "")
        account = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        scheme = "mailto" if self.mail_security.data == "insecure" else "mailtos"
        said = f"from={quote(self.mail_sender.data, safe='')}&smtp={host}&mode={self.mail_security.data}"
        return f"{scheme}://{account}{host}:{self.mail_port.data}?{said}"

    def robots(self, settings: Settings) -> Sequence[str]:
        """The robots' addresses that are kept, and the one more."""
        kept = [url for url in settings.notice_urls if target_of(url) in (self.kept_robots.data or ())]
        if self.robot.data:
            webhook = read_webhook(self.robot.data, hosts=settings.robot_hosts)
            kept.append(webhook.address + (f"&secret={webhook.secret}" if webhook.secret else ""))
        return tuple(dict.fromkeys(kept))


def _mail_parts(url: str) -> dict[str, Any]:
    """The fields of a mail server's address, less the password."""
    parts = urlsplit(url)
    said = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "mail_host": said.get("smtp", parts.hostname or ""),
        "mail_port": parts.port or 465,
        "mail_security": said.get("mode", "ssl"),
        "mail_user": unquote(parts.username or ""),
        "mail_sender": said.get("from", ""),
    }


def _robot_label(url: str, settings: Settings) -> str:
    try:
        label = read_webhook(url, hosts=settings.robot_hosts).robot.label
    except BadInput:
        label = "机器人"
    return f"{label}（尾号 {url[-4:]}）"
