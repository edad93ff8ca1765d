"""The robots of groups that the environment names, in Apprise's syntax or by their webhook."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from activitylog.errors import BadInput
from activitylog.notices.delivery.robots import send_to_robot
from activitylog.notices.delivery.rules import LONGEST_ANSWER, Office, Outcome, Result, Webhook, read_webhook

_WEBHOOKS = {
    "wecombot": ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={}"),
    "dingtalk": ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token={}"),
    "feishu": ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/{}"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """One group: a webhook whose answers are read here, or any other service of Apprise by its address."""

    label: str
    webhook: Webhook | None
    url: str


def read_group(url: str, *, hosts: Iterable[tuple[str, str]] = ()) -> Group:
    """The group of an address from the environment; BadInput for one nobody knows, without its secret."""
    if url.startswith("https://"):
        webhook = read_webhook(url, hosts=hosts)
        return Group(f"{webhook.robot.label}（{webhook.host}）", webhook, url)
    from apprise import Apprise  # noqa: PLC0415  (slow to load, and only where groups are told)

    plugin = Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        scheme = url.partition("://")[0]
        raise BadInput(
            f"ACTIVITYLOG_NOTICE_URLS 里以“{scheme[:20]}”开头的一个地址不能用，请按 Apprise 的写法写。"
        )
    known = _WEBHOOKS.get(str(plugin.secure_protocol))
    if known is None:
        return Group(str(plugin.service_name), None, url)
    kind, address = known
    key = getattr(plugin, "key" if kind == "wecom" else "token")
    webhook = Webhook(kind, address.format(key), getattr(plugin, "secret", None) or "")
    return Group(f"{webhook.robot.label}（{webhook.host}）", webhook, url)


def send_to_group(group: Group, text: str, *, office: Office, now: datetime) -> Outcome:
    """Send one text; of other services Apprise says only whether they took it, and logs why not."""
    if group.webhook is not None:
        return send_to_robot(group.webhook, text, now=now, origins=office.origins)
    from apprise import Apprise, LogCapture  # noqa: PLC0415

    service = Apprise()
    service.add(group.url)
    with LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        is_sent = service.notify(body=text)
        said = " ".join(log.getvalue().split())[:LONGEST_ANSWER]
    if is_sent:
        return Outcome(Result.SENT, f"{group.label} 已收到")
    return Outcome(Result.TRY_AGAIN, f"{group.label} 没有收：{said}")
