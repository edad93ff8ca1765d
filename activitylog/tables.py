"""The metadata of every table, for migrations and tests."""

from importlib import import_module

from activitylog.core.database import Base

_WITH_TABLES = (
    "accounts",
    "audit",
    "files",
    "projects",
    "activities",
    "publicity",
    "milestones",
    "expenses",
    "surveys",
    "surveys.questionnaires",
    "indicators",
    "indicators.closings",
    "indicators.judgements",
    "indicators.targets",
    "indicators.weights",
    "rollup",
    "rollup.deviations",
    "reports.exports",
)

for _feature in _WITH_TABLES:
    import_module(f"activitylog.{_feature}.models")

metadata = Base.metadata
__all__ = ["metadata"]
