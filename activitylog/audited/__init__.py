"""Every table whose writes the audit trail tells, with the fields it records: nothing else ever gets there.

A table that is not here is listed with its reason in the test that compares this with the tables there are.
Importing this package makes every session record them; the factory and the command line both do.
"""

from activitylog.audit.capture import watch
from activitylog.audited.asked import ASKED
from activitylog.audited.facts import FACTS
from activitylog.audited.office import OFFICE

AUDITED = (*FACTS, *ASKED, *OFFICE)

__all__ = ["AUDITED"]

watch(AUDITED)
