"""Registers every table whose writes the audit trail records, gathered from the features.

Importing this module makes every session record them; the factory, the command line and the scheduler do.
A test compares this with all tables and lists those that are not audited, with the reason.
"""

from activitylog.accounts import audited as accounts
from activitylog.activities import audited as activities
from activitylog.audit.capture import watch
from activitylog.expenses import audited as expenses
from activitylog.indicators import audited as rules
from activitylog.indicators.judgements import audited as judgements
from activitylog.indicators.manual import audited as manual
from activitylog.indicators.targets import audited as targets
from activitylog.indicators.weights import audited as weights
from activitylog.milestones import audited as milestones
from activitylog.projects import audited as projects
from activitylog.publicity import audited as publicity
from activitylog.reports.exports import audited as exports
from activitylog.rollup.deviations import audited as deviations
from activitylog.rollup.periods import audited as periods
from activitylog.surveys import audited as surveys

AUDITED = tuple(
    table
    for feature in (
        activities,
        publicity,
        milestones,
        expenses,
        surveys,
        manual,
        projects,
        rules,
        judgements,
        targets,
        weights,
        deviations,
        periods,
        exports,
        accounts,
    )
    for table in feature.AUDITED
)

watch(AUDITED)
