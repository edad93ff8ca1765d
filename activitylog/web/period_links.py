"""Links to the period before and after the one a page shows."""

from activitylog.core.period import Period


def neighbours(period: Period, address: str = "?period={}") -> dict[str, str]:
    """The addresses of the months beside it within the year."""
    return {
        "previous": address.format(period.previous) if period.month > 1 else "",
        "next": address.format(period.next) if period.month < 12 else "",
    }
