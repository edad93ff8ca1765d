import json
from datetime import timedelta
from typing import Any

import pytest

from activitylog.errors import BadInput
from activitylog.notices.delivery.rules import (
    LONGEST_MESSAGE,
    ROBOTS,
    Item,
    Result,
    mail_subject,
    read_answer,
    read_webhook,
    robot_text,
)

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aoc"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/0a3f-11"


@pytest.mark.parametrize(("text", "kind"), [(WECOM, "wecom"), (DINGTALK, "dingtalk"), (FEISHU, "feishu")])
def test_the_webhooks_of_the_three_robots_are_read(text: str, kind: str) -> None:
    webhook = read_webhook(f"  {text} ")
    assert (webhook.kind, webhook.address, webhook.secret) == (kind, text, "")
    assert text[-4:] in webhook.label
    assert text not in webhook.label


def test_a_secret_is_taken_from_the_end_of_the_address() -> None:
    webhook = read_webhook(f"{DINGTALK}&secret=SEC12ab")
    assert (webhook.address, webhook.secret) == (DINGTALK, "SEC12ab")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a",
        "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=a",
        "https://qyapi.weixin.qq.com@10.0.0.1/cgi-bin/webhook/send?key=a",
        "https://qyapi.weixin.qq.com.evil.cn/cgi-bin/webhook/send?key=a",
        "https://evil.cn/https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a",
        "https://QYAPI.weixin.qq.com\\@10.0.0.1/cgi-bin/webhook/send?key=a",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/../../x?key=a",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a#@10.0.0.1",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a\r\nHost: inside",
        "https://127.0.0.1/cgi-bin/webhook/send?key=a",
        "https://[::1]/cgi-bin/webhook/send?key=a",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://open.feishu.cn/open-apis/bot/v2/hook/" + "a" * 500,
    ],
)
def test_no_other_address_is_taken(text: str) -> None:
    with pytest.raises(BadInput, match="不是群机器人的地址") as refusal:
        read_webhook(text)
    assert refusal.value.field == "webhook"


def test_further_hosts_are_the_environment_s_word() -> None:
    own = "https://im.example.cn/open-apis/bot/v2/hook/abc"
    with pytest.raises(BadInput):
        read_webhook(own)
    assert read_webhook(own, hosts=[("feishu", "im.example.cn")]).kind == "feishu"


@pytest.mark.parametrize(
    ("kind", "status", "answer", "result", "words"),
    [
        ("wecom", 200, {"errcode": 0, "errmsg": "ok"}, Result.SENT, "企业微信已收到"),
        ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, Result.REFUSED, "机器人地址不对"),
        (
            "wecom",
            200,
            {"errcode": 45009, "errmsg": "api freq out of limit"},
            Result.TRY_AGAIN,
            "太忙（45009）",
        ),
        ("dingtalk", 200, {"errcode": 310000, "errmsg": "keywords not in content"}, Result.REFUSED, "关键词"),
        ("dingtalk", 200, {"errcode": 130101, "errmsg": "send too fast"}, Result.TRY_AGAIN, "太忙"),
        ("dingtalk", 200, {"errcode": 300001, "errmsg": "token is not exist"}, Result.REFUSED, "地址不对"),
        ("feishu", 200, {"code": 0, "msg": "success", "data": {}}, Result.SENT, "飞书已收到"),
        ("feishu", 400, {"code": 19001, "msg": "param invalid"}, Result.REFUSED, "地址不对（19001）"),
        ("feishu", 200, {"code": 11232, "msg": "frequency limited"}, Result.TRY_AGAIN, "太忙"),
        ("feishu", 200, {"code": 9499, "msg": "Bad Request"}, Result.REFUSED, "Bad Request（9499）"),
        ("wecom", 502, None, Result.TRY_AGAIN, "故障（502）"),
        ("wecom", 302, None, Result.REFUSED, "没有跟去"),
        ("wecom", 200, None, Result.REFUSED, "认不出（200）"),
        ("wecom", 200, ["x"], Result.REFUSED, "认不出"),
    ],
)
def test_the_documented_answers_are_understood(
    kind: str, status: int, answer: Any, result: Result, words: str
) -> None:
    outcome = read_answer(ROBOTS[kind], status, answer)
    assert (outcome.result, words in outcome.sentence) == (result, True), outcome.sentence


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), ("", 60), ("Wed, 21 Oct 2026", 60)])
def test_a_receiver_that_is_told_too_much_names_the_wait(header: str, seconds: int) -> None:
    outcome = read_answer(ROBOTS["feishu"], 429, None, retry_after=header)
    assert (outcome.result, outcome.wait) == (Result.TRY_AGAIN, timedelta(seconds=seconds))


def test_what_does_not_fit_a_robot_is_counted_and_never_cut() -> None:
    items = [
        Item(f"“很长的活动名称{number:03}”被退回" + "长" * 40, "", "https://x.cn/notices/1")
        for number in range(60)
    ]
    text = robot_text(items, office="普陀科普", more="https://x.cn/notices")
    assert len(text.encode()) <= LONGEST_MESSAGE
    shown = sum(item.title in text for item in items)
    assert f"另有 {60 - shown} 条：https://x.cn/notices" in text
    assert text.startswith("【普陀科普活动台账】60 条通知")
    assert json.dumps(text)


def test_the_subject_names_the_first_and_counts_the_rest() -> None:
    items = [Item("“讲座”被退回", "", ""), Item("“展览”已通过审核", "", "")]
    assert mail_subject(items[:1], office="台账") == "[台账] “讲座”被退回"
    assert mail_subject(items, office="台账") == "[台账] “讲座”被退回，另 1 条"
