"""Reads workbooks that a client was sent."""

import io
from typing import Any

from openpyxl import load_workbook
from werkzeug.test import TestResponse


def sent_rows(answer: TestResponse) -> list[dict[str, Any]]:
    """The rows of the first sheet, each by its headings."""
    assert answer.status_code == 200, answer.text
    [sheet] = load_workbook(io.BytesIO(answer.data)).worksheets
    headings, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]
