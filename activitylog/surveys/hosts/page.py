"""What the page of an activity's host questionnaire shows."""

from dataclasses import dataclass

from activitylog.activities.models import Activity
from activitylog.surveys.hosts.queries import HostEvidence


@dataclass(frozen=True, slots=True)
class HostPage:
    """The link to send to the host, and its answers; `warning` says why phones cannot open it, or is ""."""

    activity: Activity
    address: str
    evidence: HostEvidence
    warning: str
