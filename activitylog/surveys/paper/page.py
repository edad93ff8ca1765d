"""What the page of an activity's paper tallies shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from activitylog.activities.models import Activity
from activitylog.activities.plausibility.doubts import ReviewedDoubt
from activitylog.surveys.models import PaperTally
from activitylog.surveys.queries import SurveySummary


@dataclass(frozen=True, slots=True)
class PaperPage:
    """The tallies so far, newest first, and the counts of all answers."""

    activity: Activity
    doubts: Sequence[ReviewedDoubt]
    tallies: Sequence[PaperTally]
    summary: SurveySummary
