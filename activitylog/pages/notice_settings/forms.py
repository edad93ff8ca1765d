"""The form of where a person's notices go."""

from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import Optional

from activitylog.notices.delivery.rules import LONGEST_WEBHOOK
from activitylog.notices.models import LONGEST_ADDRESS, NoticeSettings
from activitylog.notices.operations import ChosenWays
from activitylog.notices.rules import OWN_CHANNELS, Channel, Kind, is_mail_address
from activitylog.web.forms import BaseForm, ClockField, at_most


class NoticeSettingsForm(BaseForm):
    """Mail address, webhook and quiet hours; the kinds wanted by channel are boxes of the page's table."""

    mail_address = StringField(
        "我的邮箱",
        description="先发一封确认邮件，点了里面的链接才启用。",
        validators=[Optional(), at_most("邮箱", LONGEST_ADDRESS)],
        render_kw={"type": "email", "autocomplete": "email", "autocapitalize": "none"},
    )
    webhook = StringField(
        "我的群机器人",
        description="企业微信、钉钉或飞书群里添加机器人时给的 Webhook 地址。",
        validators=[Optional(), at_most("地址", LONGEST_WEBHOOK)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    drops_webhook = BooleanField("去掉现在的机器人")
    quiet_from = ClockField("从几点起不打扰", validators=[Optional()])
    quiet_until = ClockField("到几点", validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if self.mail_address.data and not is_mail_address(self.mail_address.data):
            self.mail_address.errors = [f"“{self.mail_address.data}”不是邮箱，请写成如 wang@example.cn。"]
            is_valid = False
        if (self.quiet_from.data is None) != (self.quiet_until.data is None) and is_valid:
            self.quiet_until.errors = ["起止时间请都填，或都留空（按办公室的）。"]
            is_valid = False
        return is_valid

    def chosen(self, kinds: tuple[Kind, ...], wanted: set[str], stored: NoticeSettings) -> ChosenWays:
        """What was chosen; an empty webhook is kept as it is, since the page does not show it."""
        unwanted = {
            (kind, channel) for kind in kinds for channel in OWN_CHANNELS if box(kind, channel) not in wanted
        }
        return ChosenWays(
            mail_address=self.mail_address.data or "",
            webhook=self.webhook.data or ("" if self.drops_webhook.data else stored.webhook),
            quiet_from=self.quiet_from.data,
            quiet_until=self.quiet_until.data,
            unwanted=frozenset(unwanted),
        )


def box(kind: Kind, channel: Channel) -> str:
    """The value of the box of a kind on a channel."""
    return f"{kind}-{channel}"
