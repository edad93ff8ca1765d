"""Sends every message that is due, one after another, outside any transaction."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from activitylog.core.database import begin_writing
from activitylog.errors import BadInput
from activitylog.notices.delivery.groups import read_group, send_to_group
from activitylog.notices.delivery.mail import Mail, letter_mail, notice_mail, send_by_office
from activitylog.notices.delivery.operations import Message, has_due, store_outcome, take_message
from activitylog.notices.delivery.robots import send_to_robot
from activitylog.notices.delivery.rules import (
    Item,
    Office,
    Outcome,
    Result,
    read_webhook,
    robot_text,
    target_of,
)
from activitylog.notices.rules import Channel

MOST_MESSAGES = 300  # of one run; the next one goes on
_log = logging.getLogger(__name__)


def deliver_due(sessions: Callable[[], Session], *, office: Office, clock: Callable[[], datetime]) -> int:
    """Send what is due; how many messages were sent. No transaction is open while one is sent."""
    sent = 0
    with sessions() as session:
        is_due = has_due(session, clock())
    for _ in range(MOST_MESSAGES if is_due else 0):
        with sessions() as session:
            begin_writing(session)
            message = take_message(session, office=office, now=clock())
            session.commit()
        if message is None:
            break
        outcome = _send(message, office, clock())
        with sessions() as session:
            begin_writing(session)
            store_outcome(session, message, outcome, now=clock())
            session.commit()
        sent += outcome.result is Result.SENT
        if outcome.result is not Result.SENT:
            _log.warning("%s: %s: %s", message.channel, outcome.result, outcome.sentence)
    return sent


def _send(message: Message, office: Office, now: datetime) -> Outcome:
    """Send one message; whatever goes wrong is an outcome, so that the next ones are sent."""
    try:
        if message.channel is Channel.MAIL:
            return send_by_office(_mail(message, office), office)
        more = f"{office.public_url}/notices"
        text = robot_text(_items(message, office), office=office.name, more=more)
        if message.channel is Channel.ROBOT:
            webhook = read_webhook(message.address, hosts=office.hosts)
            return send_to_robot(webhook, text, now=now, origins=office.origins)
        url = next((each for each in office.group_urls if target_of(each) == message.target), None)
        if url is None:
            return Outcome(Result.REFUSED, "这个群已不在 ACTIVITYLOG_NOTICE_URLS 里")
        return send_to_group(read_group(url, hosts=office.hosts), text, office=office, now=now)
    except BadInput as refusal:
        return Outcome(Result.REFUSED, str(refusal))
    except Exception as error:
        _log.exception("a message could not be sent")
        return Outcome(Result.UNCLEAR, f"发送时出错（{type(error).__name__}），不知是否送到")


def _items(message: Message, office: Office) -> list[Item]:
    return [Item(title, text, office.public_url + address) for title, text, address in message.notices]


def _mail(message: Message, office: Office) -> Mail:
    if message.letter is not None:
        return letter_mail(message.letter, office, to=message.address, number=message.number)
    items = _items(message, office)
    return notice_mail(items, office, name=message.name, to=message.address, number=message.number)
