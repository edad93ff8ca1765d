"""Access codes of a survey: a page's signed nonce, the screen's one-time code, the kiosk pass, QR codes.

Each code is verified with the installation's secret key and the time alone; of kiosks a table says which are
revoked.
"""

import hmac
import io
import secrets
import time
import uuid
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

import qrcode
from itsdangerous import BadData, URLSafeSerializer
from pyotp import TOTP
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

STEP = 30  # seconds that a code stays on the screen
VALID_STEPS = 20  # a code works that many steps after its own: ten minutes
CODE_DIGITS = 10  # as many as pyotp makes: twenty codes are valid at a time, and none may be guessed
KIOSK_PASS = timedelta(hours=12)
_KIOSK_TAG = 0xFFF  # the bits of a kiosk's number that its nonces hold: an activity has few kiosks
_PROOF_BYTES = 6  # of a nonce: what makes it ours, after 26 random bits and the moment


class AccessKind(StrEnum):
    """How an attendee opened the page: plain address, screen code or kiosk; signed into its nonce."""

    PLAIN = "page"
    CODE = "code"
    KIOSK = "kiosk"


PAGE_LIFE = {AccessKind.CODE: timedelta(minutes=30), AccessKind.KIOSK: KIOSK_PASS}


def new_nonce(
    secret_key: str, activity_id: int, access: AccessKind = AccessKind.PLAIN, *, kiosk: int | None = None
) -> str:
    """A UUID of version 7 (later pages have greater ones) whose last bytes sign activity and access.

    A kiosk's holds its tag, in the place of as many random bits.
    """
    number = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + secrets.token_bytes(4))
    if kiosk is not None:
        number[6:8] = kiosk_tag(kiosk).to_bytes(2, "big")
    number[6] = number[6] & 0x0F | 0x70
    number[8] = number[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(number) + _proof(secret_key, activity_id, access, bytes(number))))


def access_kind_of(secret_key: str, activity_id: int, nonce: str) -> AccessKind | None:
    """The access kind signed into a nonce; None when this installation did not make it."""
    number = uuid.UUID(nonce).bytes
    begins, proof = number[:-_PROOF_BYTES], number[-_PROOF_BYTES:]
    for access in AccessKind:
        if hmac.compare_digest(_proof(secret_key, activity_id, access, begins), proof):
            return access
    return None


def kiosk_tag(kiosk: int) -> int:
    """The last bits of a kiosk's number, which its nonces hold."""
    return kiosk & _KIOSK_TAG


def kiosk_of(nonce: str) -> int:
    """The tag of the kiosk whose page had this nonce."""
    return kiosk_tag(uuid.UUID(nonce).int >> 64)


def served_at(nonce: str) -> datetime:
    """When the page with this nonce was served."""
    milliseconds = uuid.UUID(nonce).int >> 80
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def is_stale(access: AccessKind | None, nonce: str, moment: datetime) -> bool:
    """Whether a page opened by a code or a pass is sent long after that ended.

    A code lives for ten minutes: twenty minutes over the form are no doubt, a page stored for later is one.
    """
    return access in PAGE_LIFE and moment - served_at(nonce) > PAGE_LIFE[access]


def _proof(secret_key: str, activity_id: int, access: AccessKind, begins: bytes) -> bytes:
    return _digest(secret_key, f"nonce {activity_id} {access} ".encode() + begins)[:_PROOF_BYTES]


def screen_code(secret_key: str, activity_id: int, moment: datetime) -> str:
    """The code on the screen now."""
    return _one_time_codes(secret_key, activity_id).at(moment)


def is_screen_code(secret_key: str, activity_id: int, code: str, moment: datetime) -> bool:
    """Whether the code is on the screen, or was less than ten minutes ago."""
    if len(code) != CODE_DIGITS:
        return False
    codes = _one_time_codes(secret_key, activity_id)
    ages = range(-1, VALID_STEPS + 1)  # a step ahead: two servers' clocks may differ
    return any(
        hmac.compare_digest(codes.at(moment, counter_offset=-age).encode(), code.encode()) for age in ages
    )


def _one_time_codes(secret_key: str, activity_id: int) -> TOTP:
    key = b32encode(_digest(secret_key, f"screen {activity_id}".encode())).decode()
    return TOTP(key, digits=CODE_DIGITS, digest=sha256, interval=STEP)


def kiosk_pass(secret_key: str, activity_id: int, kiosk: int, expires_at: datetime) -> str:
    """A signed pass that opens the survey as this kiosk on any device."""
    return str(_kiosk_passes(secret_key).dumps([activity_id, int(expires_at.timestamp()), kiosk]))


def kiosk_of_pass(secret_key: str, activity_id: int, text: str, moment: datetime) -> int | None:
    """The number of the kiosk, if the pass is of this activity and has not expired."""
    try:
        opened, expires, kiosk = _kiosk_passes(secret_key).loads(text)
    except (BadData, ValueError):
        return None
    return int(kiosk) if opened == activity_id and moment.timestamp() < expires else None


def _kiosk_passes(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="kiosk")


def _digest(secret_key: str, text: bytes) -> bytes:
    return hmac.digest(secret_key.encode(), text, "sha256")


BOX_PIXELS = 10  # of one module: a whole number, so that edges stay crisp
QUIET_MODULES = 4  # the margin the standard asks for


@lru_cache(maxsize=512)
def qr_image(address: str) -> bytes:
    """The address as a black-and-white PNG."""
    file = io.BytesIO()
    _code(address).make_image(image_factory=PilImage).save(file, format="PNG")
    return file.getvalue()


def _code(address: str) -> qrcode.QRCode[PilImage]:
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, box_size=BOX_PIXELS, border=QUIET_MODULES, image_factory=PilImage
    )
    code.add_data(address)
    code.make(fit=True)
    return code
