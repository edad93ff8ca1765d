"""WeCom's answers: who came back, which token was used, and its errors as sentences."""

from datetime import UTC, datetime, timedelta

import pytest

from activitylog.accounts.providers.rules import ProvidedPerson, Purpose, Visit
from activitylog.accounts.providers.wecom.queries import WeCom
from activitylog.accounts.providers.wecom.rules import is_tagged
from activitylog.accounts.rules import Role
from activitylog.errors import Busy, Refused
from tests.accounts.providers.doubles import WeComDouble, query_of

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
VISIT = Visit("wecom", Purpose.SIGN_IN, 0, state="s")
ROLES = (("tag:3", "officer"), ("7", "manager"), ("2", "organizer"))


@pytest.fixture
def provider(wecom: WeComDouble) -> WeCom:
    wecom.members["wang"] = {"userid": "wang", "name": "王芳", "department": [2, 5], "status": 1}
    wecom.tags["3"] = {"tagname": "绩效", "userlist": [{"userid": "li", "name": "李四"}], "partylist": [9]}
    return WeCom("ww1", "1000002", wecom.secret, ROLES, wecom.url)


def person(provider: WeCom, wecom: WeComDouble, *, now: datetime = NOW) -> ProvidedPerson:
    wecom.codes["c"] = {"userid": "wang"}
    return provider.person({"code": "c"}, VISIT, back="https://kepu.example/back", now=now)


def test_department_and_tag_give_the_role(provider: WeCom, wecom: WeComDouble) -> None:
    assert person(provider, wecom) == ProvidedPerson("wang", "王芳", Role.ORGANIZER)
    wecom.tags["3"]["partylist"] = [5]
    assert person(provider, wecom).role is Role.OFFICER
    wecom.members["wang"]["department"] = []
    assert person(provider, wecom).role is None


def test_no_tag_is_asked_for_that_gives_no_role(provider: WeCom, wecom: WeComDouble) -> None:
    provider.roles = (("2", "organizer"),)
    person(provider, wecom)
    assert wecom.asked == ["gettoken", "auth/getuserinfo", "user/get"]


def test_a_token_serves_until_it_expires(provider: WeCom, wecom: WeComDouble) -> None:
    for minutes in (0, 119):
        person(provider, wecom, now=NOW + timedelta(minutes=minutes))
    assert wecom.tokens == 1
    person(provider, wecom, now=NOW + timedelta(minutes=120))
    assert wecom.tokens == 2


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_wecom_no_longer_takes_is_replaced_once(
    provider: WeCom, wecom: WeComDouble, code: int
) -> None:
    person(provider, wecom)
    wecom.errors["user/get"] = [code]
    assert person(provider, wecom).subject == "wang"
    assert wecom.tokens == 2
    wecom.errors["user/get"] = [code, code]
    with pytest.raises(Refused, match=str(code)):
        person(provider, wecom)


@pytest.mark.parametrize(
    ("path", "code", "sentence"),
    [
        ("gettoken", 40001, "核对 ACTIVITYLOG_WECOM_SECRET"),
        ("gettoken", 40013, "核对 ACTIVITYLOG_WECOM_CORP_ID"),
        ("gettoken", 60020, "企业可信IP"),
        ("auth/getuserinfo", 40029, "已经用过或过期"),
        ("auth/getuserinfo", 50001, "可信域名"),
        ("user/get", 60011, "可见范围"),
        ("user/get", 60111, "通讯录里没有您"),
        ("tag/get", 40068, "标签编号"),
        ("user/get", 99999, "错误码 99999"),
        ("user/get", -1, "企业微信正忙"),
    ],
)
def test_an_error_code_is_a_sentence_that_says_who_can_help(
    provider: WeCom, wecom: WeComDouble, path: str, code: int, sentence: str
) -> None:
    wecom.errors[path] = [code]
    with pytest.raises(Refused, match=sentence):
        person(provider, wecom)


def test_a_wrong_secret_is_named_and_not_repeated(provider: WeCom, wecom: WeComDouble) -> None:
    provider.secret = "not the secret"
    with pytest.raises(Refused, match="Secret") as refusal:
        person(provider, wecom)
    assert "not the secret" not in str(refusal.value)


@pytest.mark.parametrize("status", [2, 5])
def test_a_member_who_is_disabled_or_has_left_stays_outside(
    provider: WeCom, wecom: WeComDouble, status: int
) -> None:
    wecom.members["wang"]["status"] = status
    with pytest.raises(Refused, match="已被禁用或已退出企业"):
        person(provider, wecom)


def test_a_code_counts_once_and_none_is_a_no(provider: WeCom, wecom: WeComDouble) -> None:
    person(provider, wecom)
    with pytest.raises(Refused, match="已经用过或过期"):
        provider.person({"code": "c"}, VISIT, back="", now=NOW)
    with pytest.raises(Refused, match="取消了登录"):
        provider.person({}, VISIT, back="", now=NOW)


def test_while_wecom_is_away_it_says_so_and_no_secret(
    provider: WeCom, wecom: WeComDouble, caplog: pytest.LogCaptureFixture
) -> None:
    provider.url = "http://127.0.0.1:9"
    with pytest.raises(Busy, match="企业微信现在连不上"):
        person(provider, wecom)
    assert "did not answer gettoken" in caplog.text
    assert provider.secret not in caplog.text


def test_who_proves_who_they_are_confirms_it_in_the_app(provider: WeCom) -> None:
    visit = Visit("wecom", Purpose.PROVE, 0, in_app=True)
    query = query_of(provider.address(visit, back="https://kepu.example/back", now=NOW).partition("#")[0])
    assert (query["scope"], query["agentid"]) == ("snsapi_privateinfo", "1000002")


@pytest.mark.parametrize("tag", [{}, {"userlist": None}, {"userlist": ["wang"], "partylist": None}])
def test_a_tag_that_says_nothing_is_on_nobody(tag: dict[str, object]) -> None:
    assert not is_tagged(tag, "wang", ["2"])
