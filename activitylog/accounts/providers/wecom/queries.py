"""Asks WeCom who came back with a code: the member, their departments and the tags that give a role."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import requests

from activitylog.accounts.providers.rules import (
    LONGEST_CODE,
    LONGEST_SUBJECT,
    TIMEOUT,
    ProvidedPerson,
    Purpose,
    Visit,
    is_administrator,
    role_of,
)
from activitylog.accounts.providers.wecom.rules import (
    NOT_ACTIVE,
    STALE_TOKEN,
    TAG,
    departments_of,
    error_sentence,
    is_tagged,
    mapped_tags,
)
from activitylog.errors import Busy, Refused

IN_APP = "https://open.weixin.qq.com/connect/oauth2/authorize"
AT_DESK = "https://login.work.weixin.qq.com/wwlogin/sso/login"
SILENT, CONFIRMED = "snsapi_base", "snsapi_privateinfo"  # the second is confirmed by a tap
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class WeCom:
    """The office's application in WeCom; its access token is kept for as long as WeCom says."""

    corp_id: str
    agent_id: str
    secret: str
    roles: tuple[tuple[str, str], ...]
    url: str
    key: str = "wecom"
    label: str = "企业微信"
    _token: tuple[str, datetime] | None = field(default=None, init=False)
    _asking: Lock = field(default_factory=Lock, init=False)

    def address(self, visit: Visit, *, back: str, now: datetime) -> str:  # noqa: ARG002
        """The web authorization inside WeCom and WeChat, the page with a QR code elsewhere."""
        if visit.in_app:
            scope = CONFIRMED if visit.purpose is Purpose.PROVE else SILENT
            query = {"appid": self.corp_id, "redirect_uri": back, "response_type": "code", "scope": scope}
            query |= {"state": visit.state, "agentid": self.agent_id}
            return f"{IN_APP}?{urlencode(query)}#wechat_redirect"
        query = {"login_type": "CorpApp", "appid": self.corp_id, "agentid": self.agent_id}
        return f"{AT_DESK}?{urlencode(query | {'redirect_uri': back, 'state': visit.state})}"

    def person(
        self,
        answer: Mapping[str, str],
        visit: Visit,
        *,
        back: str,  # noqa: ARG002
        now: datetime,
    ) -> ProvidedPerson:
        """The member who came back with the code; refused for who is none of the office's."""
        code = answer.get("code", "")
        if not 0 < len(code) <= LONGEST_CODE:
            raise Refused("在企业微信取消了登录。可以再试一次，或用姓名和密码登录。")
        userid = self._ask("auth/getuserinfo", {"code": code}, now).get("userid")
        if not isinstance(userid, str) or not 0 < len(userid) <= LONGEST_SUBJECT:
            raise Refused("您不是本单位企业微信的成员，不能这样登录。如有疑问，请联系系统管理员。")
        member = self._ask("user/get", {"userid": userid}, now)
        if member.get("status") in NOT_ACTIVE:
            raise Refused("您在企业微信里已被禁用或已退出企业，不能登录。如有疑问，请联系系统管理员。")
        groups = self._groups(userid, member, now)
        return ProvidedPerson(
            subject=userid.lower(),  # WeCom does not tell capitals apart
            name=str(member.get("name") or ""),
            role=role_of(groups, self.roles),
            administers_accounts=is_administrator(groups, self.roles),
            proven_at=now if visit.purpose is Purpose.PROVE else None,
        )

    def end_address(self, *, back: str, now: datetime) -> str | None:  # noqa: ARG002
        """None: WeCom has no page to sign out at."""
        return None

    def _groups(self, userid: str, member: Mapping[str, Any], now: datetime) -> set[str]:
        departments = departments_of(member)
        tags = {
            f"{TAG}{number}"
            for number in mapped_tags(self.roles)
            if is_tagged(self._ask("tag/get", {"tagid": number}, now), userid, departments)
        }
        return {*departments, *tags}

    def _ask(self, path: str, query: Mapping[str, str], now: datetime) -> Mapping[str, Any]:
        """An answer without an error; a token that WeCom no longer takes is replaced once."""
        token = self._access_token(now)
        answer = self._get(path, {"access_token": token, **query})
        if answer["errcode"] in STALE_TOKEN:
            answer = self._get(path, {"access_token": self._access_token(now, stale=token), **query})
        return self._checked(path, answer)

    def _access_token(self, now: datetime, *, stale: str = "") -> str:
        """The token kept, unless it has expired or is the stale one."""
        with self._asking:
            if self._token is None or now >= self._token[1] or self._token[0] == stale:
                query = {"corpid": self.corp_id, "corpsecret": self.secret}
                answer = self._checked("gettoken", self._get("gettoken", query))
                lasts = timedelta(seconds=int(answer.get("expires_in") or 0))
                self._token = str(answer.get("access_token", "")), now + lasts
            return self._token[0]

    def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        try:
            response = requests.get(f"{self.url}/cgi-bin/{path}", params=dict(query), timeout=TIMEOUT)
            response.raise_for_status()
            answer = response.json()
            return {**answer, "errcode": int(answer.get("errcode", 0))}
        except (requests.RequestException, ValueError, TypeError, AttributeError) as error:
            # Only the kind of error is logged: its text repeats the address with the secret in it.
            _log.warning("WeCom did not answer %s as it should: %s", path, type(error).__name__)
            raise Busy("企业微信现在连不上，请过几分钟再试，或用姓名和密码登录。") from None

    def _checked(self, path: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        if answer["errcode"]:
            _log.warning("WeCom refused %s: %s", path, answer["errcode"])
            raise Refused(error_sentence(answer["errcode"]))
        return answer
