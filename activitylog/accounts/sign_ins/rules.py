"""How long a sign-in lasts, how many failures make the next one wait, and what a device is called."""

from datetime import datetime, timedelta
from hashlib import sha256

from activitylog.core.text.words import look_alike_key

STAYS_FOR, LASTS_FOR = timedelta(days=90), timedelta(days=1)  # where one stays signed in, and elsewhere
SEEN_EACH = timedelta(hours=1)  # how exactly it is known when a device was last used
MONTHS_KEPT = 6  # an ended sign-in, a failed one, and a link to choose a password
CODE_WITHIN = timedelta(minutes=10)  # from the right password to the code
PROVEN_FOR = timedelta(minutes=10)  # that a password just typed counts for what needs it again

# Guessing is slowed by name and address. Neither a name nor an office's address can be locked by others:
# after many failures, who has signed in from the address before may still try at once.
COUNTED_FOR = timedelta(minutes=15)
MOST_OF_NAME_HERE = 5
MOST_FROM_ADDRESS = 30
MOST_OF_NAME = 50

_PROGRAMS = {
    "MicroMessenger": "微信",
    "DingTalk": "钉钉",
    "Edg": "Edge 浏览器",
    "Firefox": "火狐浏览器",
    "Chrome": "Chrome 浏览器",
    "Safari": "Safari 浏览器",
}
_SYSTEMS = {
    "HarmonyOS": "鸿蒙设备",
    "Android": "安卓手机",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows 电脑",
    "Mac OS X": "Mac 电脑",
    "Linux": "Linux 电脑",
}


def name_digest(name: str) -> str:
    """A short digest of a typed name: failures are counted by it, and a password typed there is not kept."""
    return sha256(look_alike_key(name).encode()).hexdigest()[:8]


def is_recent(proven_at: datetime | None, now: datetime) -> bool:
    """Whether the password was typed lately enough for what needs it again."""
    return proven_at is not None and proven_at > now - PROVEN_FOR


def device_words(user_agent: str) -> str:
    """微信，安卓手机: what a browser says it is, in words; 未知设备 for one that says nothing known."""
    words = [
        next((word for mark, word in marks.items() if mark in user_agent), "")
        for marks in (_PROGRAMS, _SYSTEMS)
    ]
    return "，".join(filter(None, words)) or "未知设备"
