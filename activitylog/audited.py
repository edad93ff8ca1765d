"""Registers every table whose writes the audit trail records, gathered from the features.

A feature says what the trail records of its tables in `audited`, a kind of dated record beside its table.
Importing this module makes every session record them; the factory, the command line and the scheduler do.
A test compares this with all tables and lists those that are not audited, with the reason.
"""

from activitylog.audit.capture import watch
from activitylog.core.database import feature_modules

AUDITED = tuple(
    table for module in feature_modules("audited", "models") for table in getattr(module, "AUDITED", ())
)

watch(AUDITED)
