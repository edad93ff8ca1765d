"""What the page of a person's notice settings shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.errors import BadInput
from activitylog.notices.delivery.groups import read_group
from activitylog.notices.delivery.mail import read_mail_url
from activitylog.notices.delivery.rules import Office, read_webhook
from activitylog.notices.models import NoticeSettings
from activitylog.notices.queries import opt_outs, settings_of
from activitylog.notices.rules import CHANNEL_LABELS, KIND_LABELS, OWN_CHANNELS, Channel, Kind, kinds_of
from activitylog.pages.notice_settings.forms import NoticeSettingsForm, box


@dataclass(frozen=True, slots=True)
class OfficeWay:
    """A way of sending the office has set, without its secrets; `fault` says why it cannot be used."""

    name: str
    label: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class NoticeSettingsPage:
    """The person's choices, and for administrators the office's ways of sending."""

    channel_labels: ClassVar[Mapping[Channel, str]] = CHANNEL_LABELS

    form: NoticeSettingsForm
    settings: NoticeSettings
    rows: Sequence[tuple[str, Sequence[tuple[str, str, bool]]]]
    webhook_label: str
    quiet: str
    has_mail: bool
    office_ways: Sequence[OfficeWay] | None


def settings_page(
    session: Session,
    user: User,
    form: NoticeSettingsForm,
    *,
    office: Office,
    wanted: set[str] | None = None,
) -> NoticeSettingsPage:
    """The page; `wanted` are the boxes of a form that was sent."""
    settings = settings_of(session, user.id)
    unwanted = opt_outs(session, [user.id])

    def is_on(kind: Kind, channel: Channel) -> bool:
        if wanted is not None:
            return box(kind, channel) in wanted
        return (user.id, kind, channel) not in unwanted

    return NoticeSettingsPage(
        form=form,
        settings=settings,
        rows=[
            (
                KIND_LABELS[kind],
                [(box(kind, each), CHANNEL_LABELS[each], is_on(kind, each)) for each in OWN_CHANNELS],
            )
            for kind in kinds_of(user.role)
        ],
        webhook_label=_webhook_label(settings.webhook, office),
        quiet=f"{office.quiet.begins:%H:%M} 到 {office.quiet.ends:%H:%M}",
        has_mail=bool(office.mail_url),
        office_ways=_office_ways(office) if user.may(Permission.MANAGE_PEOPLE) else None,
    )


def _webhook_label(webhook: str, office: Office) -> str:
    if not webhook:
        return ""
    try:
        return read_webhook(webhook, hosts=office.hosts).label
    except BadInput:
        return "一个不再允许的地址"


def _office_ways(office: Office) -> list[OfficeWay]:
    ways = []
    for name, url in (
        ("mail", office.mail_url),
        *((f"group-{n}", url) for n, url in enumerate(office.group_urls)),
    ):
        if not url:
            continue
        try:
            label = read_mail_url(url).label if name == "mail" else read_group(url, hosts=office.hosts).label
        except BadInput as fault:
            ways.append(OfficeWay(name, "", str(fault)))
        else:
            ways.append(OfficeWay(name, ("邮件：" if name == "mail" else "群机器人：") + label))
    return ways
