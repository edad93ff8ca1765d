"""What the pages of a survey's QR code and of its access show."""

from collections.abc import Sequence
from dataclasses import dataclass

from activitylog.activities.models import Activity
from activitylog.surveys.models import Kiosk


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
    """The rule on screen codes, and the kiosks that take answers, each with how many it has taken."""

    activity: Activity
    rule_label: str
    kiosks: Sequence[tuple[Kiosk, int]]
