"""The scheduler: the timetable of the jobs, with the reason for each hour."""

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from activitylog import audited  # noqa: F401  (registers the audited tables)
from activitylog.accounts.sign_ins.operations import forget_old
from activitylog.core import actor
from activitylog.core.database import begin_writing, make_engine, start_writing
from activitylog.core.period import SHANGHAI, utc_now
from activitylog.files.operations import sweep_orphans
from activitylog.files.store import FileStore
from activitylog.ledger.uploads.operations import remove_uploads
from activitylog.notices.delivery.rules import Office
from activitylog.notices.jobs import forget_old as forget_old_notices
from activitylog.notices.jobs import tell_people, write_letters
from activitylog.office.queries import settings_in_force
from activitylog.rollup.jobs import roll_up_due_months, run_nightly
from activitylog.rollup.roll_up_range import ROLL_UP_HOUR
from activitylog.rollup.trail_audit.jobs import keep_trail_head, run_trail_audit
from activitylog.server.access_log import remove_old_logs
from activitylog.settings import Settings
from activitylog.surveys.results.jobs import sum_due_answers
from activitylog.surveys.retention.jobs import expire_answers

LONGEST_HOST = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A function of this process, its trigger in Asia/Shanghai, and the reason for the hour."""

    name: str
    trigger: CronTrigger
    run: Callable[[sessionmaker[Session], Settings], None]
    reason: str


def _holder() -> str:
    return f"{socket.gethostname()[:LONGEST_HOST]}:{os.getpid()}"


def _roll_up(sessions: sessionmaker[Session], _settings: Settings) -> None:
    try:
        roll_up_due_months(sessions, holder=_holder(), clock=utc_now)
    except Exception:
        _log.exception("the roll-up could not even be noted; the next hour tries again")


def _nightly(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        close_day = _in_force(sessions, settings).close_day
        run_nightly(sessions, holder=_holder(), close_day=close_day, clock=utc_now)
    except Exception:
        _log.exception("the nightly closing and audit failed; the next night tries again")


def _audit_trail(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        run_trail_audit(sessions, settings.data_dir, clock=utc_now)
    except Exception:
        _log.exception("the trail could not be audited; the next night tries again")


def _keep_head(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        keep_trail_head(sessions, settings.data_dir, syslog=settings.syslog, clock=utc_now)
    except (OSError, SQLAlchemyError):
        _log.exception("the head of the trail could not be kept; the next hour tries again")


def _sum_answers(sessions: sessionmaker[Session], _settings: Settings) -> None:
    try:
        sum_due_answers(sessions, clock=utc_now)
    except Exception:
        _log.exception(
            "answers could not be summed; results count them one by one; ten minutes later tries again"
        )


def _sweep_uploads(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        files, now = FileStore(settings.files_dir), utc_now()
        swept = files.remove_abandoned(now)
        with sessions() as session:
            swept += sweep_orphans(session, files, now=now)
            start_writing(session)
            swept += remove_uploads(session, now=now)
            session.commit()
    except (OSError, SQLAlchemyError):
        _log.exception("unfinished uploads could not be swept; the next night tries again")
    else:
        _log.info("unfinished uploads swept: %d", swept)


def _forget_sign_ins(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        days = _in_force(sessions, settings).access_log_days
        remove_old_logs(settings.data_dir, utc_now(), days=days)
        with sessions() as session:
            begin_writing(session)
            forgotten = forget_old(session, now=utc_now())
            session.commit()
    except (OSError, SQLAlchemyError):
        _log.exception("old sign-ins could not be forgotten; the next night tries again")
    else:
        _log.info("old sign-ins forgotten: %d", forgotten)


def _tell_people(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        current = _in_force(sessions, settings)
        tell_people(sessions, office=Office.of(current), close_day=current.close_day, clock=utc_now)
    except Exception:
        _log.exception("notices could not be collected or sent; three minutes later tries again")


def _write_letters(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        current = _in_force(sessions, settings)
        write_letters(sessions, office=Office.of(current), close_day=current.close_day, clock=utc_now)
    except Exception:
        _log.exception("the month's letters could not be written; the next hour tries again")


def _in_force(sessions: sessionmaker[Session], settings: Settings) -> Settings:
    with sessions() as session:
        return settings_in_force(session, settings)


def _forget_notices(sessions: sessionmaker[Session], _settings: Settings) -> None:
    try:
        forget_old_notices(sessions, clock=utc_now)
    except SQLAlchemyError:
        _log.exception("old notices could not be forgotten; the next night tries again")


def _expire_answers(sessions: sessionmaker[Session], settings: Settings) -> None:
    try:
        expire_answers(sessions, clock=utc_now, text_months=_in_force(sessions, settings).text_months)
    except SQLAlchemyError:
        _log.exception("answers could not be expired; the next night tries again, where it stopped")


TIMETABLE = (
    Job(
        "roll_up",
        CronTrigger(day=1, hour=ROLL_UP_HOUR, timezone=SHANGHAI),
        _roll_up,
        "the month has ended, nobody is at work, and the office finds its figures in the morning",
    ),
    Job(
        "roll_up_missed",
        CronTrigger(minute=10, timezone=SHANGHAI),
        _roll_up,
        "a month whose run failed or was missed is tried again within the hour",
    ),
    Job(
        "audit_trail",
        CronTrigger(hour=3, timezone=SHANGHAI),
        _audit_trail,
        "what was changed from outside is found before the night rolls it up",
    ),
    Job(
        "keep_head",
        CronTrigger(minute=5, timezone=SHANGHAI),
        _keep_head,
        "whoever cuts off the trail's end can hide at most an hour",
    ),
    Job(
        "nightly",
        CronTrigger(hour=3, minute=30, timezone=SHANGHAI),
        _nightly,
        "after the roll-up of the first of the month, before anybody looks at the figures",
    ),
    Job(
        "sum_answers",
        CronTrigger(minute="*/10", timezone=SHANGHAI),
        _sum_answers,
        "results count the answers to corrected activities one by one until their month is summed again",
    ),
    Job(
        "sweep",
        CronTrigger(hour=4, timezone=SHANGHAI),
        _sweep_uploads,
        "nobody is sending photos then; what was begun a day ago and not finished goes, ledgers with it",
    ),
    Job(
        "forget_sign_ins",
        CronTrigger(hour=4, minute=10, timezone=SHANGHAI),
        _forget_sign_ins,
        "where people signed in, and failed to, is kept for half a year and no longer",
    ),
    Job(
        "notices",
        CronTrigger(minute="*/3", timezone=SHANGHAI),
        _tell_people,
        "who waits for a review learns of it within minutes; at night it only collects",
    ),
    Job(
        "letters",
        CronTrigger(minute=20, timezone=SHANGHAI),
        _write_letters,
        "after the roll-up of the first of the month, or after one that was late",
    ),
    Job(
        "forget_notices",
        CronTrigger(hour=4, minute=20, timezone=SHANGHAI),
        _forget_notices,
        "a notice that was read is kept for half a year",
    ),
    Job(
        "expire_answers",
        CronTrigger(hour=4, minute=30, timezone=SHANGHAI),
        _expire_answers,
        "hashes of devices go after 90 days, texts by the office's rule, when nobody answers",
    ),
)


def run(settings: Settings) -> None:
    """Roll up the months missed while the scheduler did not run, then follow the timetable."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    sessions = sessionmaker(
        make_engine(settings.database_url, trail_keys=settings.trail_keys),
        info=actor.session_info(actor.job_actor("scheduler")),
    )
    scheduler = BlockingScheduler(timezone=SHANGHAI)
    for job in TIMETABLE:
        scheduler.add_job(
            job.run, job.trigger, (sessions, settings), id=job.name, coalesce=True, misfire_grace_time=None
        )
    _roll_up(sessions, settings)
    _log.info("caught up; following the timetable")
    scheduler.start()
