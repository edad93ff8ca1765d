"""WeCom's documented error codes as sentences, and what is read from its answers."""

from collections.abc import Mapping, Sequence
from typing import Any

STALE_TOKEN = frozenset({40014, 42001})  # invalid, expired: a new one is asked for, once
NOT_ACTIVE = frozenset({2, 5})  # a member who is disabled, or has left
TAG = "tag:"

_SENTENCES = {
    -1: "企业微信正忙，请稍后再试，或用姓名和密码登录。",
    40001: "企业微信不认识本系统的 Secret。请系统管理员核对 ACTIVITYLOG_WECOM_SECRET。",
    40013: "企业微信没有这个企业。请系统管理员核对 ACTIVITYLOG_WECOM_CORP_ID。",
    40029: "企业微信给的登录凭据已经用过或过期，请再点一次登录按钮。",
    40056: "企业微信没有这个应用。请系统管理员核对 ACTIVITYLOG_WECOM_AGENT_ID。",
    40068: "企业微信没有这个标签。请系统管理员核对 ACTIVITYLOG_WECOM_ROLES 里的标签编号。",
    42003: "企业微信给的登录凭据已经过期，请再点一次登录按钮。",
    45009: "企业微信今天的接口调用次数已用完，请明天再试，或用姓名和密码登录。",
    48002: "企业微信没有准许本应用用这个接口。请系统管理员在企业微信后台核对应用的权限。",
    50001: "本系统的网址不在企业微信应用的可信域名里。请系统管理员在企业微信后台的“网页授权及JS-SDK”里填上。",
    50002: "您不在企业微信应用的可见范围里。请系统管理员在企业微信后台把您加进应用的可见范围。",
    60011: "您或对应的部门、标签不在企业微信应用的可见范围里。请系统管理员在企业微信后台加进应用的可见范围。",
    60020: "本系统服务器的 IP 不在企业微信应用的“企业可信IP”里。请系统管理员在企业微信后台填上后再试。",
    60111: "企业微信的通讯录里没有您。请系统管理员核对通讯录。",
}


def error_sentence(code: int) -> str:
    """What a code means for the person, and who can help; an unknown one is repeated."""
    return _SENTENCES.get(code, f"在企业微信没有登录成功（错误码 {code}），请把这个号告诉系统管理员。")


def mapped_tags(roles: Sequence[tuple[str, str]]) -> list[str]:
    """The numbers of the tags that give a role."""
    return [group.removeprefix(TAG) for group, _ in roles if group.startswith(TAG)]


def departments_of(member: Mapping[str, Any]) -> list[str]:
    """The numbers of the member's departments, as text."""
    found = member.get("department")
    return [str(each) for each in found if isinstance(each, int)] if isinstance(found, list) else []


def is_tagged(tag: Mapping[str, Any], userid: str, departments: Sequence[str]) -> bool:
    """Whether the tag is on the member or on one of their departments."""
    users, parties = tag.get("userlist") or [], tag.get("partylist") or []
    return any(isinstance(each, dict) and each.get("userid") == userid for each in users) or any(
        str(each) in departments for each in parties
    )
