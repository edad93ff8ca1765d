"""An authenticator app's secret and codes, recovery codes, and how both are sealed in the database."""

import hmac
import re
import secrets
from datetime import datetime
from hashlib import sha256

import pyotp

from activitylog.core.sealed_text import derived_key, seal, unseal
from activitylog.core.text.words import plain_text

TOLERANCE = 1  # steps of 30 seconds that a phone's clock may be early or late
RECOVERY_CODES = 10  # that a person gets at once
RECOVERY_DIGITS = 12  # digits alone, so that a phone's number pad takes either kind of code
SET_UP_SECONDS = 30 * 60  # that a secret may wait on the page for its first code
_PURPOSE = b"activitylog second factor"  # what else the key is used for gives another key


def new_secret() -> str:
    """The secret of an authenticator app, in the letters it is typed with."""
    return pyotp.random_base32()


def app_address(secret: str, *, name: str, issuer: str) -> str:
    """The address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def spaced_secret(secret: str) -> str:
    """The secret in groups of four, to be typed."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def read_code(text: str) -> str:
    """The digits of a code however it was typed; "" for what is neither kind."""
    digits = re.sub(r"[\s–—-]", "", plain_text(text))
    return digits if re.fullmatch(rf"[0-9]{{6}}|[0-9]{{{RECOVERY_DIGITS}}}", digits) else ""


def step_of_code(secret: str, code: str, *, now: datetime, last: int) -> int | None:
    """The time step whose code it is; None for a wrong one, and for a step not after the last one used."""
    app = pyotp.TOTP(secret)
    present = app.timecode(now)
    fitting = [
        step
        for step in range(present - TOLERANCE, present + TOLERANCE + 1)
        if hmac.compare_digest(app.generate_otp(step), code) and step > last
    ]
    return fitting[0] if fitting else None


def seal_secret(secret: str, *, user_id: int, key: str) -> str:
    """The secret encrypted for one person with the installation's key."""
    return seal(f"{user_id} {secret}", key=key, purpose=_PURPOSE)


def open_secret(sealed: str, *, user_id: int, key: str, seconds: int | None = None) -> str | None:
    """The sealed secret; None with another key, of another person, or sealed longer ago."""
    text = unseal(sealed, key=key, purpose=_PURPOSE, seconds=seconds) or ""
    owner, _, secret = text.partition(" ")
    return secret if owner == str(user_id) else None


def new_recovery_codes() -> list[str]:
    """Ten different codes of twelve digits."""
    codes: set[str] = set()
    while len(codes) < RECOVERY_CODES:
        codes.add(f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}")
    return sorted(codes)


def spaced_code(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def recovery_code_hash(code: str, *, user_id: int, key: str) -> str:
    """What is stored of a recovery code: useless without the installation's key."""
    return hmac.new(derived_key(key, _PURPOSE), f"{user_id} {code}".encode(), sha256).hexdigest()
