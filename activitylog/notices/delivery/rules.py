"""Outcomes of sending, webhooks that may be used, what robots are sent and what their answers mean."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from activitylog.core.text.words import clean_text
from activitylog.errors import BadInput
from activitylog.notices.rules import QUIET_HOURS, QuietHours, Ways
from activitylog.settings import Settings

OFFICE_NAME = "科普活动台账"
KEYWORD = "活动台账"  # in every text to a robot, for those that let through no other
SHORT_WAIT = timedelta(minutes=1)  # robots take 20 messages a minute
LONGEST_MESSAGE = 2000  # bytes; WeCom takes 2048 of a text
LONGEST_WEBHOOK = 400
LONGEST_ANSWER = 200  # characters of a receiver's answer that are kept


class Result(StrEnum):
    """What came of sending; UNCLEAR when it was sent and no answer came: it may have arrived."""

    SENT = "sent"
    TRY_AGAIN = "try_again"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of sending one message, in words, and how long the receiver wants it to wait."""

    result: Result
    sentence: str
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Item:
    """A notice within a message; `address` is the whole link."""

    title: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class RobotKind:
    """A sort of group robot: its host, its path, the body of a text, and where and how it answers.

    `busy` are the codes after which the same message may be sent again.
    """

    label: str
    host: str
    path: re.Pattern[str]
    body: Callable[[str], dict[str, Any]]
    code: str
    message: str
    busy: frozenset[int]
    advice: dict[int, str]


ROBOTS = {
    "wecom": RobotKind(
        label="企业微信",
        host="qyapi.weixin.qq.com",
        path=re.compile(r"/cgi-bin/webhook/send\?key=[A-Za-z0-9_-]+"),
        body=lambda text: {"msgtype": "text", "text": {"content": text}},
        code="errcode",
        message="errmsg",
        busy=frozenset({-1, 45009, 45033}),
        advice={93000: "机器人地址不对，或机器人已从群里移除", 40058: "内容不合要求"},
    ),
    "dingtalk": RobotKind(
        label="钉钉",
        host="oapi.dingtalk.com",
        path=re.compile(r"/robot/send\?access_token=[A-Za-z0-9]+(?:&secret=[A-Za-z0-9]+)?"),
        body=lambda text: {"msgtype": "text", "text": {"content": text}},
        code="errcode",
        message="errmsg",
        busy=frozenset({-1, 130101, 410100}),
        advice={
            300001: "机器人地址不对",
            310000: "机器人的安全设置不放行：自定义关键词请填“活动台账”，加签请把密钥写成地址末尾的 &secret=",
            400013: "群已解散",
        },
    ),
    "feishu": RobotKind(
        label="飞书",
        host="open.feishu.cn",
        path=re.compile(r"/open-apis/bot/v2/hook/[A-Za-z0-9_-]+/?"),
        body=lambda text: {"msg_type": "text", "content": {"text": text}},
        code="code",
        message="msg",
        busy=frozenset({11232}),
        advice={
            19001: "机器人地址不对",
            19022: "机器人的 IP 白名单不放行",
            19024: "机器人的关键词不放行，关键词请填“活动台账”",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """The address of a group's robot, known to be one; `address` is a secret."""

    kind: str
    address: str
    secret: str = ""

    @property
    def robot(self) -> RobotKind:
        return ROBOTS[self.kind]

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def label(self) -> str:
        return f"{self.robot.label}（{self.host}，尾号 {self.address.rstrip('/')[-4:]}）"


def read_webhook(text: str, *, hosts: Iterable[tuple[str, str]] = ()) -> Webhook:
    """A robot's address as a person typed it; BadInput for any that is not https to a known robot's host.

    `hosts` are further ones: sort of robot and host.
    """
    address = clean_text(text)
    known = [*((kind, robot.host) for kind, robot in ROBOTS.items()), *hosts]
    for kind, host in known:
        rest = address.removeprefix(f"https://{host}")
        if rest != address and len(address) <= LONGEST_WEBHOOK and ROBOTS[kind].path.fullmatch(rest):
            address, _, secret = address.partition("&secret=")
            return Webhook(kind, address, secret)
    allowed = "、".join(f"https://{host}/…" for _, host in known)
    raise BadInput(
        f"这不是群机器人的地址。请在群设置里添加机器人，把它给的 Webhook 地址整个粘贴进来（{allowed}）。",
        field="webhook",
    )


def signed_query(secret: str, now: datetime) -> str:
    """The signature DingTalk asks for in the address of a robot with a secret."""
    stamp = str(round(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"&timestamp={stamp}&sign={quote(base64.b64encode(digest), safe='')}"


def read_answer(robot: RobotKind, status: int, answer: Any, *, retry_after: str = "") -> Outcome:
    """What a robot's answer means: the status and, within, its own code."""
    if status == 429:
        seconds = int(retry_after) if retry_after.isdecimal() and len(retry_after) < 6 else 60
        return Outcome(Result.TRY_AGAIN, f"{robot.label}说太频繁（429）", timedelta(seconds=seconds))
    if status >= 500:
        return Outcome(Result.TRY_AGAIN, f"{robot.label}出了故障（{status}）")
    if 300 <= status < 400:
        return Outcome(Result.REFUSED, f"{robot.label}要转到别的网址（{status}），没有跟去")
    code = answer.get(robot.code) if isinstance(answer, dict) else None
    if not isinstance(code, int):
        return Outcome(Result.REFUSED, f"{robot.label}的回答认不出（{status}）")
    return _outcome_of_code(robot, code, clean_text(str(answer.get(robot.message, ""))))


def _outcome_of_code(robot: RobotKind, code: int, message: str) -> Outcome:
    if code == 0:
        return Outcome(Result.SENT, f"{robot.label}已收到")
    if code in robot.busy:
        return Outcome(Result.TRY_AGAIN, f"{robot.label}说太忙（{code}）", SHORT_WAIT)
    words = robot.advice.get(code) or message[:LONGEST_ANSWER]
    return Outcome(Result.REFUSED, f"{robot.label}没有收：{words}（{code}）")


def robot_text(items: Sequence[Item], *, office: str, more: str) -> str:
    """Titles with links, as many as fit; the rest is counted, and read at `more`."""
    name = office if KEYWORD in office else office + KEYWORD
    head = f"【{name}】" + (f"{len(items)} 条通知" if len(items) > 1 else "")
    lines, size = [head], len(head.encode())
    for index, item in enumerate(items):
        line = f"{item.title}\n{item.address}"
        rest = f"另有 {len(items) - index} 条：{more}"
        size += len(line.encode()) + 1
        if size + len(rest.encode()) + 1 > LONGEST_MESSAGE and index:
            return "\n".join([*lines, rest])
        lines.append(line)
    return "\n".join(lines)


def mail_subject(items: Sequence[Item], *, office: str) -> str:
    first = items[0].title
    return f"[{office}] {first}" + (f"，另 {len(items) - 1} 条" if len(items) > 1 else "")


def mail_text(items: Sequence[Item], *, name: str, office: str, settings_address: str) -> str:
    """The message as plain text."""
    parts = "\n\n".join(f"{item.title}\n{item.text}\n{item.address}" for item in items)
    return f"{name}，您好：\n\n{parts}\n\n—— {office}\n收哪些、什么时候收，在这里改：{settings_address}\n"


@dataclass(frozen=True, slots=True)
class Office:
    """What an office sends by, and how it signs: mail server, robots of groups, its address and name.

    `hosts` are hosts of robots besides the known ones, by sort; `origins` other servers that answer for a
    host, in tests.
    """

    public_url: str
    name: str = OFFICE_NAME
    mail_url: str = ""
    group_urls: tuple[str, ...] = ()
    hosts: tuple[tuple[str, str], ...] = ()
    quiet: QuietHours = QUIET_HOURS
    origins: dict[str, str] | None = None

    @classmethod
    def of(cls, settings: Settings, origins: dict[str, str] | None = None) -> "Office":
        """By the settings in force."""
        return cls(
            public_url=settings.public_url,
            name=settings.office_name or OFFICE_NAME,
            mail_url=settings.mail_url,
            group_urls=settings.notice_urls,
            hosts=settings.robot_hosts,
            quiet=QuietHours(settings.quiet_from, settings.quiet_until),
            origins=origins,
        )

    @property
    def ways(self) -> Ways:
        return Ways(has_mail=bool(self.mail_url), group_targets=tuple(map(target_of, self.group_urls)))


def target_of(url: str) -> str:
    """What tells one group's robot from another without its secret."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]
