from decimal import Decimal

import pytest

from activitylog.projects.declaration.document import plain_number


@pytest.mark.parametrize(
    ("number", "text"),
    [("5000.00", "5000"), ("90", "90"), ("0.00", "0"), ("-0.0", "0"), ("0.50", "0.5"), ("1E+3", "1000")],
)
def test_figures_print_without_trailing_zeros(number: str, text: str) -> None:
    assert plain_number(Decimal(number)) == text
