"""`python -m benchmarks.export URL FILE [--bare]`: one export in a process of its own.

`--bare` reads with the database's own driver and writes the same cells by hand. Prints the seconds it took
and the most memory the process held, in MB.
"""

import csv
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import xlsxwriter
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import STATUS_LABELS
from activitylog.core.database import make_engine
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE
from activitylog.surveys.results.export import HEADINGS, answers_of, export_answers
from activitylog.surveys.rules import GRADES
from benchmarks.one_roll_up import most_memory

_ROWS = (
    "SELECT a.number, a.title, p.name, {day}, a.status, {sent}, r.exclusion_id, r.marks, r.questionnaire,"
    " r.overall, r.answers FROM activity a JOIN response r ON r.activity_id = a.id"
    " JOIN project p ON p.id = a.project_id ORDER BY a.id, r.nonce"
)
_GRADES = {int(grade): str(word) for grade, word in GRADES}


def main(url: str, file: str, *flags: str) -> None:
    begun = time.perf_counter()
    path = Path(file)
    if "--bare" in flags:
        (_bare_csv if path.suffix == ".csv" else _bare_workbook)(path, _bare_rows(url))
    else:
        with Session(make_engine(url)) as session:
            export_answers(answers_of(session, Activity.id > 0), path)
    print(f"{time.perf_counter() - begun:.3f} {most_memory():.0f}")


def _bare_rows(url: str) -> Iterator[list[str]]:
    questions = DEFAULT_QUESTIONNAIRE.questions[1:]
    yield [*HEADINGS, *(str(question.sentence) for question in questions)]
    words = [
        (question.key, {str(value): str(word) for value, word in question.choices}) for question in questions
    ]
    for number, title, project, day, status, sent, excluded, _, version, overall, written in _fetched(url):
        answers: dict[str, Any] = json.loads(written) if isinstance(written, str) else written
        told = [str(answers.get(key, "")) for key, _ in words]
        cells = [choices.get(answer, answer) for answer, (_, choices) in zip(told, words, strict=True)]
        state = STATUS_LABELS[status]
        counts = "否" if excluded else "是"
        yield [number, title, project, day, state, sent, counts, "", version, _GRADES[overall], *cells]


def _fetched(url: str) -> Iterator[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        yield from connection.execute(
            _ROWS.format(day="a.happens_on", sent="date(r.submitted_at, '8 hours')")
        )
        return
    with psycopg.connect(url.replace("+psycopg", "")) as server, server.cursor("dump") as rows:
        rows.itersize = 1000
        rows.execute(_ROWS.format(day="a.happens_on", sent="r.submitted_at"))
        for *before, day, status, sent, excluded, flags, version, overall, answers in rows:
            on = str((sent + timedelta(hours=8)).date())
            yield *before, str(day), status, on, excluded, flags, version, overall, answers


def _bare_csv(path: Path, rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _bare_workbook(path: Path, rows: Iterator[list[str]]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                if text:
                    page.write_string(line, column, text)


if __name__ == "__main__":
    main(*sys.argv[1:])
