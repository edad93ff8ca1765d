"""Links to the periods before and after the one of a page."""

from activitylog.core.period import Period


def neighbour_links(period: Period, address: str = "?period={}") -> dict[str, str]:
    """The addresses of the months before and after it; empty outside the year."""
    return {
        "previous": address.format(period.previous) if period.month > 1 else "",
        "next": address.format(period.next) if period.month < 12 else "",
    }
