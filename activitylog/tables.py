"""The metadata of every table, for migrations and tests."""

from activitylog.core.database import Base
from activitylog.core.features import feature_modules

feature_modules("models")

metadata = Base.metadata
__all__ = ["metadata"]
