"""A robot's receiver on this machine: answers, redirects, silence, and nobody there."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from apprise.plugins.dingtalk import NotifyDingTalk

from activitylog.errors import BadInput
from activitylog.notices.delivery import robots as sending
from activitylog.notices.delivery.groups import read_group, send_to_group
from activitylog.notices.delivery.robots import send_to_robot
from activitylog.notices.delivery.rules import Office, Outcome, Result, read_webhook, signed_query
from tests.notices.delivery.test_rules import DINGTALK, FEISHU, WECOM
from tests.notices.receivers import HOSTS, Robots, robots
from tests.servers import free_port

NOW = datetime(2024, 6, 12, 2, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Robots]:
    with robots() as receiver:
        yield receiver


def send(receiver: Robots, address: str = WECOM) -> Outcome:
    return send_to_robot(read_webhook(address), "你好", now=NOW, origins=receiver.origins)


@pytest.mark.parametrize(
    ("address", "path", "body"),
    [
        (WECOM, "/cgi-bin/webhook/send?key=693a91f6-7aoc", {"msgtype": "text", "text": {"content": "你好"}}),
        (
            DINGTALK,
            "/robot/send?access_token=566cc69da782ec",
            {"msgtype": "text", "text": {"content": "你好"}},
        ),
        (FEISHU, "/open-apis/bot/v2/hook/0a3f-11", {"msg_type": "text", "content": {"text": "你好"}}),
    ],
)
def test_each_robot_is_told_in_its_own_form(
    receiver: Robots, address: str, path: str, body: dict[str, object]
) -> None:
    assert send(receiver, address).result is Result.SENT
    assert receiver.got == [(path, body)]


def test_a_secret_signs_and_is_not_sent(receiver: Robots) -> None:
    assert send(receiver, f"{DINGTALK}&secret=SEC12ab").result is Result.SENT
    path = receiver.got[0][0]
    assert "SEC12ab" not in path
    assert "&timestamp=" in path
    with time_machine.travel(NOW, tick=False):  # as the library signs
        stamp, sign = NotifyDingTalk(token="a", secret="SEC12ab").get_signature()
    assert signed_query("SEC12ab", NOW) == f"&timestamp={stamp}&sign={sign}"


def test_a_robot_that_is_told_too_much_asks_to_wait(receiver: Robots) -> None:
    receiver.answers, receiver.headers = [(429, b"")], {"Retry-After": "300"}
    outcome = send(receiver)
    assert (outcome.result, outcome.wait.total_seconds()) == (Result.TRY_AGAIN, 300)


def test_a_redirect_into_the_house_is_not_followed(receiver: Robots) -> None:
    receiver.answers, receiver.headers = [(307, b"")], {"Location": f"{receiver.address}/inside"}
    assert send(receiver).result is Result.REFUSED
    assert len(receiver.got) == 1


def test_an_answer_nobody_knows_is_no_success(receiver: Robots) -> None:
    receiver.answers = [(200, b"<html>login</html>"), (200, b"x" * 200_000)]
    assert [send(receiver).result for _ in range(2)] == [Result.REFUSED, Result.REFUSED]


def test_silence_after_sending_is_not_sent_again(receiver: Robots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUTS", (1.0, 0.1))
    receiver.delay = 0.4
    outcome = send(receiver)
    assert (outcome.result, "不再发送" in outcome.sentence) == (Result.UNCLEAR, True)


def test_nobody_there_is_tried_again() -> None:
    origins = dict.fromkeys(HOSTS, f"http://127.0.0.1:{free_port()}")
    outcome = send_to_robot(read_webhook(FEISHU), "你好", now=NOW, origins=origins)
    assert (outcome.result, outcome.sentence) == (Result.TRY_AGAIN, "连不上飞书")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("wecombot://693a91f6-7aoc", WECOM),
        ("dingtalk://566cc69da782ec", DINGTALK),
        ("feishu://0a3f-11", FEISHU),
        (FEISHU, FEISHU),
    ],
)
def test_groups_are_named_as_apprise_does_or_by_their_webhook(url: str, address: str) -> None:
    group = read_group(url)
    assert group.webhook == read_webhook(address)
    assert url not in group.label


def test_a_group_of_dingtalk_may_have_a_secret() -> None:
    webhook = read_group("dingtalk://SEC12ab@566cc69da782ec").webhook
    assert webhook == read_webhook(f"{DINGTALK}&secret=SEC12ab")


def test_any_other_service_of_apprise_will_do(receiver: Robots) -> None:
    url = receiver.address.replace("http://", "json://") + "/any"
    group, office = read_group(url), Office(public_url="http://x.cn")
    assert group.webhook is None
    assert send_to_group(group, "你好", office=office, now=NOW).result is Result.SENT
    assert receiver.got[0][1]["message"] == "你好"
    receiver.answers = [(500, b"")]
    assert send_to_group(group, "你好", office=office, now=NOW).result is Result.TRY_AGAIN


def test_an_address_nobody_knows_is_refused_without_its_secret() -> None:
    with pytest.raises(BadInput, match="以“nothing”开头") as refusal:
        read_group("nothing://secret")
    assert "secret" not in str(refusal.value)
