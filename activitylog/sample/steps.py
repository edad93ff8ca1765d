"""The sample year as dated steps, each one operation as a person would have done it on that day."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial

from activitylog.core.period import start_of_day
from activitylog.expenses.operations import add_expense
from activitylog.milestones.models import Milestone
from activitylog.milestones.operations import mark_done, plan_milestone
from activitylog.publicity.operations import add_media_report, add_push
from activitylog.sample.articles import Article, Report, articles, batches, reports
from activitylog.sample.entries import Entry, Stage, Step, moment
from activitylog.sample.programme import programme
from activitylog.sample.promises import Payment, Undertaking, payments, undertakings

PROMISED_ON = (1, 6)  # month and day on which the year's undertakings are written down


def steps_of_year(year: int, today: date) -> list[Step]:
    """Everything done in and for the year before today began, in order."""
    begins = start_of_day(today)
    return sorted((step for step in _steps(year, today) if step.at < begins), key=lambda step: step.at)


def _steps(year: int, today: date) -> Iterator[Step]:
    outings = programme(year, today)
    entries = [Entry(outing, f"{year}/{place}") for place, outing in enumerate(outings)]
    for entry in entries:
        yield from entry.steps()
    yield from _pushes(articles(year, outings), entries)
    for report in reports(year, outings):
        yield Step(moment(report.published_on, 20), partial(_add_report, report, entries[report.about]))
    for undertaking in undertakings(year):
        yield from _Keeping(undertaking).steps(year)
    for payment in payments(year):
        yield Step(moment(payment.paid_on, 14), partial(_pay, payment))


def _pushes(pieces: Sequence[Article], entries: Sequence[Entry]) -> Iterator[Step]:
    batch_of = batches(pieces)
    for piece in pieces:
        for place in piece.about:
            act = partial(_push, piece, batch_of[piece.published_on], entries[place])
            yield Step(moment(piece.published_on, 18, 30), act)


def _push(piece: Article, batch: str, entry: Entry, stage: Stage, at: datetime) -> None:
    add_push(
        stage.session,
        project_id=entry.activity.project_id,
        activity_id=entry.activity.id,
        title=piece.title,
        link=piece.link,
        batch=batch,
        published_on=piece.published_on,
        published_at=at,
        by=stage.people.organizer,
        now=at,
    )


def _add_report(report: Report, entry: Entry, stage: Stage, at: datetime) -> None:
    add_media_report(
        stage.session,
        project_id=entry.activity.project_id,
        activity_id=entry.activity.id,
        title=report.title,
        outlet=report.outlet,
        link=report.link,
        published_on=report.published_on,
        is_repost=report.is_repost,
        by=stage.people.organizer,
        now=at,
    )


def _pay(payment: Payment, stage: Stage, at: datetime) -> None:
    add_expense(
        stage.session,
        project_id=stage.project_ids[payment.project],
        activity_id=None,
        summary=payment.summary,
        planned_fen=payment.planned_fen,
        paid_fen=payment.paid_fen,
        paid_on=payment.paid_on,
        by=stage.people.manager,
        now=at,
    )


class _Keeping:
    """An undertaking from its plan to its day done."""

    def __init__(self, undertaking: Undertaking) -> None:
        self._undertaking = undertaking
        self._milestone: Milestone | None = None

    def steps(self, year: int) -> Iterator[Step]:
        yield Step(moment(date(year, *PROMISED_ON), 9), self._plan)
        yield Step(moment(self._undertaking.done_on, 16), self._finish)

    def _plan(self, stage: Stage, at: datetime) -> None:
        promised = self._undertaking
        self._milestone = plan_milestone(
            stage.session,
            project_id=stage.project_ids[promised.project],
            kind=promised.kind,
            name=promised.name,
            due_on=promised.due_on,
            by=stage.people.manager,
            now=at,
        )

    def _finish(self, stage: Stage, at: datetime) -> None:
        if self._milestone is None:
            raise LookupError(f"{self._undertaking.name} is not planned yet")
        done_on = self._undertaking.done_on
        mark_done(stage.session, self._milestone, done_on=done_on, by=stage.people.manager, now=at)
