"""What the pages of a survey's QR code and of its access show."""

from dataclasses import dataclass
from datetime import datetime

from activitylog.activities.models import Activity


@dataclass(frozen=True, slots=True)
class QrPage:
    """The QR code full screen; `closed` and `warning` say why it cannot be used, or are ""."""

    activity: Activity
    code_changes: bool
    answers: int
    closed: str
    warning: str


@dataclass(frozen=True, slots=True)
class AccessPage:
    """The rule on screen codes, and the kiosk's address, which works until `kiosk_until`."""

    activity: Activity
    rule_label: str
    kiosk: str
    kiosk_until: datetime
