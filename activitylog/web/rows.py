"""Form fields that are lists of rows, limited in number."""

import re
from collections.abc import Iterator
from typing import Any

from wtforms import FieldList, Form

from activitylog.errors import ActivityLogError
from activitylog.web.forms import BaseForm

MOST_READ = 200  # rows read at all: far more than a person types, few enough to print back


class RowList(FieldList):
    """Rows of a sub-form, two empty ones at first; more than `most` are refused, never dropped."""

    most: int
    errors: list[Any]

    def __init__(self, row: Any, label: str, **kwargs: Any) -> None:
        super().__init__(row, label, **{"min_entries": 2, **kwargs})
        self.type = "FieldList"  # the name templates know it by

    def process(self, *args: Any, **kwargs: Any) -> None:
        self.max_entries = MOST_READ
        super().process(*args, **kwargs)
        self.max_entries = self.most

    def validate(self, form: BaseForm, extra_validators: Any = ()) -> bool:
        super().validate(form, extra_validators)
        if len(self.entries) > self.most:
            self.errors.append(self.too_many(len(self.entries)))
        return not self.errors

    def too_many(self, count: int) -> str:
        """The error sentence for `count` rows."""
        raise NotImplementedError

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        key = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,6}})-")
        return (int(match[1]) for name in formdata if (match := key.match(name)))


def refuse_in_row(form: Form, refusal: ActivityLogError, *, fallback: str) -> bool:
    """Show a refusal beside the field of a row that it names, as in `pushes-0-link`; whether it names one."""
    list_name, _, rest = (refusal.field or "").partition("-")
    index, _, name = rest.partition("-")
    if not name:
        return False
    row = form[list_name].entries[int(index)].form
    field = getattr(row, name, row[fallback])
    field.errors = [*field.errors, str(refusal)]
    return True
