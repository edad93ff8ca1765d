"""A finding of the self-audit: an error, or records that count for nothing."""

from dataclasses import dataclass

from activitylog.core.period import Period


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """A sentence with its month; `indicator_id` when it is about one figure.

    What is no error, records that no indicator counts, is for people to look at.
    """

    period: Period
    message: str
    indicator_id: int | None = None
    is_error: bool = True
