"""A finding of the self-audit."""

from dataclasses import dataclass

from activitylog.core.period import Period


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """An error in a sentence, with its month; `indicator_id` when it is about one figure."""

    period: Period
    message: str
    indicator_id: int | None = None
