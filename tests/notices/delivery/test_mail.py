"""A mail server on this machine: what it takes, refuses for now, refuses for good, and when it is silent."""

import socket
from collections.abc import Iterator

import pytest

from activitylog.errors import BadInput
from activitylog.notices.delivery.mail import Mail, MailServer, read_mail_url, send_mail
from activitylog.notices.delivery.rules import Outcome, Result
from tests.notices.receivers import Post, html, plain, post
from tests.servers import free_port

MAIL = Mail("wang@example.cn", "[台账] “讲座”\n被退回", "正文", "<p>正文</p>", "notice-1-1")


@pytest.fixture
def receiver() -> Iterator[Post]:
    with post() as receiver:
        yield receiver


def send(receiver: Post, mail: Mail = MAIL) -> Outcome:
    return send_mail(read_mail_url(receiver.url), mail, sender_name="普陀科普中心", timeout=2)


def test_a_mail_has_both_texts_and_says_it_is_automatic(receiver: Post) -> None:
    assert send(receiver) == Outcome(Result.SENT, "邮件服务器已收下")
    (got,) = receiver.got
    assert (got["To"], got["Subject"]) == ("wang@example.cn", "[台账] “讲座” 被退回")
    assert got["From"] == "普陀科普中心 <kepu@example.cn>"
    assert (got["Auto-Submitted"], got["Message-ID"]) == ("auto-generated", "<notice-1-1@example.cn>")
    assert (plain(got).strip(), html(got).strip()) == ("正文", "<p>正文</p>")


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("450 mailbox busy", Result.TRY_AGAIN),
        ("451 greylisted", Result.TRY_AGAIN),
        ("550 no such user", Result.REFUSED),
    ],
)
def test_what_the_server_says_of_the_address_decides(receiver: Post, answer: str, result: Result) -> None:
    receiver.refusals = [answer]
    outcome = send(receiver)
    assert (outcome.result, answer in outcome.sentence) == (result, True)
    assert receiver.got == []


@pytest.mark.parametrize(
    ("answer", "result"),
    [("452 full", Result.TRY_AGAIN), ("554 spam", Result.REFUSED), ("hang up", Result.UNCLEAR)],
)
def test_what_it_says_of_the_message_decides(receiver: Post, answer: str, result: Result) -> None:
    receiver.message_refusals = [answer]
    assert send(receiver).result is result


def test_nobody_there_is_tried_again() -> None:
    server = read_mail_url(f"mailto://127.0.0.1:{free_port()}?from=kepu@example.cn")
    outcome = send_mail(server, MAIL, sender_name="台账")
    assert (outcome.result, outcome.sentence) == (Result.TRY_AGAIN, "连不上邮件服务器 127.0.0.1：没有人接")


def test_a_silent_server_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        server = read_mail_url(f"mailto://127.0.0.1:{silent.getsockname()[1]}?from=kepu@example.cn")
        outcome = send_mail(server, MAIL, sender_name="台账", timeout=0.1)
    assert (outcome.result, "没有回答" in outcome.sentence) == (Result.TRY_AGAIN, True)


@pytest.mark.parametrize("address", ["a@b.cn\nBcc: all@b.cn", "", "wang"])
def test_an_address_that_is_none_or_would_be_a_header_is_refused(receiver: Post, address: str) -> None:
    mail = Mail(address, "x", "x", "x", "n")
    assert send(receiver, mail).result is Result.REFUSED
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "mailtos://u%40x.cn:p%3Aw@smtp.x.cn:465?from=kepu@x.cn",
            MailServer("smtp.x.cn", 465, "ssl", "u@x.cn", "p:w", "kepu@x.cn"),
        ),
        (
            "mailtos://u:p@smtp.x.cn:587?from=kepu@x.cn",
            MailServer("smtp.x.cn", 587, "starttls", "u", "p", "kepu@x.cn"),
        ),
        ("mailto://mail.x.cn?from=k@x.cn", MailServer("mail.x.cn", 25, "insecure", "", "", "k@x.cn")),
    ],
)
def test_the_server_is_read_from_its_address(url: str, server: MailServer) -> None:
    found = read_mail_url(url)
    assert found == server
    assert "p:w" not in found.label


def test_another_sort_of_address_is_no_mail_server() -> None:
    with pytest.raises(BadInput, match="ACTIVITYLOG_MAIL_URL"):
        read_mail_url("feishu://abc")
