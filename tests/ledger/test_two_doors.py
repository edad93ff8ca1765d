"""Edits on the page and imports of files exported before: no acknowledged edit disappears."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.details import ActivityDetails, details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import edit_activity
from activitylog.core.records import edit_token
from activitylog.errors import LedgerError, StaleVersion
from activitylog.expenses.models import Expense
from activitylog.expenses.operations import ExpenseDetails, add_expense, edit_expense
from activitylog.ledger.export import export_ledger
from activitylog.ledger.operations import import_ledger
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.activities import NOW, make_activity
from tests.factories.projects import make_project

PLACES = range(3)  # two activities, and an expense
FIELDS = ("heads", "note", "amount", "summary")
COLUMNS = {"heads": "现场人数", "note": "备注", "amount": "实付金额", "summary": "摘要"}
OF_EXPENSE = frozenset({"amount", "summary"})
Values = dict[tuple[int, str], Any]

places = st.sampled_from(PLACES)
values = st.integers(1, 40)
steps = st.one_of(
    st.tuples(st.just("edit"), places, st.booleans(), values),
    st.tuples(st.just("open"), places, st.booleans(), values),
    st.tuples(st.just("save"), st.integers(0, 9)),
    st.tuples(st.just("export")),
    st.tuples(st.just("write"), st.integers(0, 9), places, st.booleans(), values),
    st.tuples(st.just("import"), st.integers(0, 9)),
)


@dataclass
class ExportedFile:
    """A file, what the records were when it was exported, and what a person wrote into it."""

    path: Path
    before: Values
    written: Values = field(default_factory=dict)


@dataclass
class OpenForm:
    """A form as its page was made, with one field filled in anew."""

    place: int
    changed: tuple[int, str]
    value: Any
    save: Callable[[], None]


class TwoDoors:
    """An office where one person edits on the phone and another imports files; `expected` is acknowledged."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session, self.folder = session, folder
        self.now = NOW
        project = make_project(session)
        self.activities = [make_activity(session, project, number=f"A-{place}") for place in (0, 1)]
        details = ExpenseDetails(
            activity_id=None, summary="讲师费", planned_fen=0, paid_fen=100, paid_on=date(2024, 6, 1)
        )
        self.expense = add_expense(session, project_id=project.id, by=None, now=NOW, **details)
        self.year = project.year
        self.expected = self.stored()
        self.files: list[ExportedFile] = []
        self.forms: list[OpenForm] = []

    def stored(self) -> Values:
        self.session.expire_all()
        found: Values = {}
        for place, activity in enumerate(self.activities):
            found |= {(place, "heads"): activity.audience_onsite, (place, "note"): activity.note}
        (expense,) = self.session.scalars(select(Expense))
        return found | {(2, "amount"): expense.paid_fen, (2, "summary"): expense.summary}

    def edit(self, place: int, is_first: bool, value: int) -> None:
        self.open(place, is_first, value)
        self.save(len(self.forms) - 1)

    def open(self, place: int, is_first: bool, value: int) -> None:
        name, new = written(place, is_first, value)
        save = self._expense_form(name, new) if place == 2 else self._activity_form(place, name, new)
        self.forms.append(OpenForm(place, (place, name), new, save))

    def _activity_form(self, place: int, name: str, value: Any) -> Callable[[], None]:
        activity = self.activities[place]
        shown, version = details_of(activity), activity.version
        filled: ActivityDetails = replace(shown, **{"audience_onsite" if name == "heads" else "note": value})
        return lambda: self._edit_activity(activity, filled, version)

    def _edit_activity(self, activity: Activity, details: ActivityDetails, version: int) -> None:
        edit_activity(self.session, activity, details, version=version, by=None, now=self.now)

    def _expense_form(self, name: str, value: Any) -> Callable[[], None]:
        token = edit_token(self.expense)
        shown = ExpenseDetails(
            activity_id=None,
            summary=self.expense.summary,
            planned_fen=0,
            paid_fen=self.expense.paid_fen,
            paid_on=self.expense.paid_on,
        )
        filled: Any = {**shown, "paid_fen" if name == "amount" else "summary": value}
        return lambda: edit_expense(self.session, self.expense, token=token, by=None, now=self.now, **filled)

    def save(self, number: int) -> None:
        if not self.forms:
            return
        form = self.forms.pop(number % len(self.forms))
        try:
            form.save()
        except StaleVersion:
            return
        self.expected[form.changed] = form.value

    def export(self) -> None:
        path = self.folder / f"{len(self.files)}.xlsx"
        export_ledger(self.session, year=self.year, project=None, path=path)
        self.files.append(ExportedFile(path, dict(self.expected)))

    def write(self, number: int, place: int, is_first: bool, value: int) -> None:
        """Edit a cell of a file."""
        if not self.files:
            return
        file = self.files[number % len(self.files)]
        name, new = written(place, is_first, value)
        book = load_workbook(file.path)
        page = book["支出" if place == 2 else "活动"]
        headings = {str(cell.value): cell.column for cell in page[1]}
        cell = page.cell(2 if place == 2 else 2 + place, headings[COLUMNS[name]])
        cell.value = new / 100 if name == "amount" else new
        book.save(file.path)
        file.written[place, name] = new

    def import_(self, number: int) -> None:
        if not self.files:
            return
        file = self.files[number % len(self.files)]
        savepoint = self.session.begin_nested()
        try:
            import_ledger(self.session, file.path, by=None, now=self.now)
        except LedgerError:
            savepoint.rollback()
            assert any(self._is_both_edited(file, place) for place in PLACES)
            return
        savepoint.commit()
        self.expected |= file.written

    def _is_both_edited(self, file: ExportedFile, place: int) -> bool:
        """Whether a row was edited in the file and its record elsewhere: neither may win by itself."""
        names = OF_EXPENSE if place == 2 else {"heads", "note"}
        keys = [(place, name) for name in sorted(names)]
        is_edited = any(file.written.get(key, file.before[key]) != file.before[key] for key in keys)
        return is_edited and any(self.expected[key] != file.before[key] for key in keys)


def written(place: int, is_first: bool, value: int) -> tuple[str, Any]:
    """The field and its new value; a file and a page never write the same text by chance alone."""
    if place == 2:
        return ("amount", 100 * value) if is_first else ("summary", f"第{value}笔")
    return ("heads", value) if is_first else ("note", f"备注{value}")


@given(taken=st.lists(steps, min_size=4, max_size=14))
@examples(40, thorough=1000)
def test_no_acknowledged_edit_disappears(session: Session, tmp_path: Path, taken: list[Any]) -> None:
    with rolled_back(session):
        office = TwoDoors(session, tmp_path)
        for act, *arguments in taken:
            getattr(office, {"import": "import_"}.get(act, act))(*arguments)
            office.now += timedelta(minutes=1)
            assert office.stored() == office.expected
