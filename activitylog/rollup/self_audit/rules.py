"""A finding of the self-audit: an error, or records that count for nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from activitylog.audit.discrepancies.rules import FoundDiscrepancy, Sort
from activitylog.core.period import Period


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """A sentence with its month; `indicator_id` when it is about one figure.

    What is no error, records that no indicator counts, is for people to look at. One that `is_lasting` says
    that something was changed from outside, and stays until a person closes it.
    """

    period: Period
    message: str
    indicator_id: int | None = None
    is_error: bool = True
    is_lasting: bool = True


def book_discrepancies(findings: Iterable[AuditFinding]) -> list[FoundDiscrepancy]:
    """The lasting findings, as they are stored until a person closes them."""
    return [
        FoundDiscrepancy(Sort.BOOKS, str(each.period), each.message, each.message)
        for each in findings
        if each.is_lasting
    ]
