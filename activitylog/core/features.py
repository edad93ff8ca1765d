"""Finds the modules of a layer in every feature: all models with their tables, all facts, all routes."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from sqlalchemy import MetaData

import activitylog
from activitylog.core.database import Base


def feature_modules(*layers: str) -> list[ModuleType]:
    """The modules with such a name in all folders, by folder."""
    return [
        import_module(".".join(("activitylog", *file.relative_to(root).with_suffix("").parts)))
        for root in activitylog.__path__
        for file in sorted(Path(root).glob("*/**/*.py"))
        if file.stem in layers
    ]


def all_tables() -> MetaData:
    """The metadata of every table."""
    feature_modules("models")
    return Base.metadata
