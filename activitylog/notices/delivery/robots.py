"""Sends a text to a group's robot: no redirects, short time-outs, and its answer read."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from activitylog.notices.delivery.rules import Outcome, Result, Webhook, read_answer, signed_query

TIMEOUTS = (3.05, 8.0)  # seconds to connect, and to wait for the answer
MOST_READ = 64 * 1024  # bytes of an answer


def send_to_robot(
    webhook: Webhook, text: str, *, now: datetime, origins: Mapping[str, str] | None = None
) -> Outcome:
    """Send one text. `origins` are other servers that answer for a host, in tests."""
    robot = webhook.robot
    address = webhook.address + (signed_query(webhook.secret, now) if webhook.secret else "")
    for origin, other in (origins or {}).items():
        address = address.replace(origin, other, 1)
    try:
        with requests.post(
            address, json=robot.body(text), timeout=TIMEOUTS, allow_redirects=False, stream=True
        ) as answer:
            wait = answer.headers.get("Retry-After", "")
            return read_answer(robot, answer.status_code, _read(answer), retry_after=wait)
    except requests.ConnectTimeout:
        return Outcome(Result.TRY_AGAIN, f"连不上{robot.label}（超时）")
    except requests.Timeout:
        return Outcome(Result.UNCLEAR, f"{robot.label}没有回答，不知是否送到；为免重复，不再发送")
    except requests.ConnectionError as error:
        if _was_never_sent(error):
            return Outcome(Result.TRY_AGAIN, f"连不上{robot.label}")
        return Outcome(Result.UNCLEAR, f"{robot.label}断开了连接，不知是否送到；为免重复，不再发送")
    except (requests.RequestException, ValueError):
        return Outcome(Result.REFUSED, f"{robot.label}的地址或回答不能用")


def _read(answer: requests.Response) -> Any:
    content = answer.raw.read(MOST_READ, decode_content=True)
    try:
        return json.loads(content)
    except ValueError:
        return None


def _was_never_sent(error: requests.ConnectionError) -> bool:
    """Whether no connection was made at all, for want of an address, a listener or a certificate."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.SSLError) or type(reason).__name__ in {
        "NewConnectionError",
        "NameResolutionError",
        "ConnectTimeoutError",
    }
