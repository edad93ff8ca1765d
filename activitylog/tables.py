"""Every table of the product, for the migrations and the tests that compare schemas."""

from activitylog.accounts import models as accounts
from activitylog.accounts.trail import models as trail
from activitylog.activities import models as activities
from activitylog.activities import photo_models
from activitylog.extensions import Base
from activitylog.files import models as files
from activitylog.milestones import models as milestones
from activitylog.projects import models as projects
from activitylog.publicity import models as publicity
from activitylog.rollup import models as rollup
from activitylog.rollup.deviations import models as deviations
from activitylog.rollup.exports import models as exports
from activitylog.rollup.weights import models as weights
from activitylog.spending import models as spending
from activitylog.surveys import models as surveys
from activitylog.surveys import questionnaire_models

metadata = Base.metadata

__all__ = [
    "accounts",
    "activities",
    "deviations",
    "exports",
    "files",
    "metadata",
    "milestones",
    "photo_models",
    "projects",
    "publicity",
    "questionnaire_models",
    "rollup",
    "spending",
    "surveys",
    "trail",
    "weights",
]
