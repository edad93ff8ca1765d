"""How one comes to a survey: a nonce that proves its page, the screen's changing code, a kiosk's pass.

All is proven by the installation's key and the moment: any worker knows, and no table is needed.
"""

import hmac
import re
import secrets
import time
import uuid
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from enum import StrEnum

STEP = 30  # seconds that a code stays on the screen
VALID_STEPS = 20  # a code works that many steps after its own: ten minutes
KIOSK_PASS = timedelta(hours=12)
_PROOF_BYTES = 6  # of a nonce: what makes it ours, after 26 random bits and the moment
_CODE = re.compile(r"([0-9a-z]{1,9})-([\w-]{12})", re.ASCII)


class CodeRule(StrEnum):
    """Whether a survey asks for the code on the screen: never, or only to know who scanned it, or always."""

    OFF = "off"
    EITHER = "either"
    REQUIRED = "required"


CODE_RULE_LABELS = {
    CodeRule.OFF: "不用：海报和屏幕上是同一个固定二维码",
    CodeRule.EITHER: "可用：屏幕上的码每 30 秒变一次，海报上的固定码也收，未扫屏幕码的答卷会标出",
    CodeRule.REQUIRED: "必须：只收扫屏幕码的答卷，扫海报的人会看到请扫屏幕的提示",
}


class Way(StrEnum):
    """How somebody came to the page that a nonce was made for."""

    PLAIN = "page"
    CODE = "code"
    KIOSK = "kiosk"


def new_nonce(secret_key: str, activity_id: int, way: Way = Way.PLAIN) -> str:
    """A UUID of version 7 (later pages have greater ones) whose last bytes prove activity and way."""
    number = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + secrets.token_bytes(4))
    number[6] = number[6] & 0x0F | 0x70
    number[8] = number[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(number) + _proof(secret_key, activity_id, way, bytes(number))))


def way_of(secret_key: str, activity_id: int, nonce: str) -> Way | None:
    """How the page was reached that the nonce was made for; None for one that no page of ours had."""
    number = uuid.UUID(nonce).bytes
    begins, proof = number[:-_PROOF_BYTES], number[-_PROOF_BYTES:]
    for way in Way:
        if hmac.compare_digest(_proof(secret_key, activity_id, way, begins), proof):
            return way
    return None


def served_at(nonce: str) -> datetime:
    """When the page of a nonce of ours was made."""
    milliseconds = uuid.UUID(nonce).int >> 80
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _proof(secret_key: str, activity_id: int, way: Way, begins: bytes) -> bytes:
    return _digest(secret_key, f"nonce {activity_id} {way} ".encode() + begins)[:_PROOF_BYTES]


def screen_code(secret_key: str, activity_id: int, moment: datetime) -> str:
    """The code on the screen now."""
    return _signed(secret_key, "screen", activity_id, int(moment.timestamp()) // STEP)


def is_screen_code(secret_key: str, activity_id: int, code: str, moment: datetime) -> bool:
    """Whether the code is on the screen, or was less than ten minutes ago."""
    step = _proven(secret_key, "screen", activity_id, code)
    # a step ahead: two servers' clocks may differ
    return step is not None and -1 <= int(moment.timestamp()) // STEP - step <= VALID_STEPS


def kiosk_pass(secret_key: str, activity_id: int, moment: datetime) -> str:
    """What opens the survey as a kiosk until it expires, on any device."""
    return _signed(secret_key, "kiosk", activity_id, int((moment + KIOSK_PASS).timestamp()))


def is_kiosk_pass(secret_key: str, activity_id: int, text: str, moment: datetime) -> bool:
    expires = _proven(secret_key, "kiosk", activity_id, text)
    return expires is not None and moment.timestamp() < expires


def _signed(secret_key: str, purpose: str, activity_id: int, number: int) -> str:
    written = _base36(number)
    digest = _digest(secret_key, f"{purpose} {activity_id} {written}".encode())
    return f"{written}-{urlsafe_b64encode(digest[:9]).decode()}"


def _proven(secret_key: str, purpose: str, activity_id: int, text: str) -> int | None:
    """The number that was signed for the purpose, if it was."""
    parts = _CODE.fullmatch(text)
    if parts is None:
        return None
    number = int(parts[1], 36)
    is_ours = hmac.compare_digest(_signed(secret_key, purpose, activity_id, number), text)
    return number if is_ours else None


def _digest(secret_key: str, text: bytes) -> bytes:
    return hmac.digest(secret_key.encode(), text, "sha256")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
