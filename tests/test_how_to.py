"""What docs/how-to promises: what is forgotten of a new measure, record or column fails."""

import re
import tomllib
from collections import Counter
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from flask import Flask
from sqlalchemy import inspect

from activitylog import audited  # noqa: F401  (registers every audited table)
from activitylog.activities.details import ActivityDetails
from activitylog.activities.forms import ActivityForm
from activitylog.activities.models import Activity
from activitylog.audit.registry import AUDITED, Audited
from activitylog.core.database import Base, feature_modules
from activitylog.core.records import DatedRecord
from activitylog.indicators import measures
from activitylog.indicators.measures import MEASURES
from activitylog.indicators.measures.measure import Evidence, Filter
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.forms import RuleForm
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.indicators.sources import SOURCES
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.record_kinds import RECORD_KINDS
from activitylog.rollup.models import Posting
from activitylog.sample.removal import REMOVED_TABLES
from activitylog.surveys.years.rules import SatisfactionMethod

PACKAGE = Path(__file__).parent.parent / "activitylog"

# A measure


def test_every_entry_of_a_measure_is_gathered() -> None:
    modules = (import_module(f"{measures.__name__}.{each.name}") for each in iter_modules(measures.__path__))
    entries = [entry for module in modules for entry in getattr(module, "MEASURES", ())]
    assert Counter(entry.key for entry in entries) == Counter(measure.key for measure in MEASURES)


def test_every_measure_of_records_is_proposed_for_some_words() -> None:
    by_itself = (each for each in MEASURES if each.method is not SatisfactionMethod.INDEX)
    assert [each.key for each in by_itself if not each.keywords and not each.is_typed_in] == []


def test_every_sort_of_evidence_has_its_first_wording() -> None:
    folder = PACKAGE / "rollup" / "deviations"
    text = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    assert set(re.findall(r"\bEvidence\.([A-Z_]+): ", text)) == set(Evidence.__members__)


def test_every_filter_is_a_field_of_rules_and_of_their_form() -> None:
    details = {field.name for field in fields(RuleDetails)}
    for each in Filter:
        assert hasattr(Rule, each.value), each
        assert each.value in details, each
        assert hasattr(RuleForm, each.value), each


def test_every_key_fits_into_a_posting() -> None:
    longest = Posting.__table__.c.key.type.length
    for measure in MEASURES:
        if measure.aggregation.key:
            column = measure.facts().subquery().c[measure.aggregation.key]
            assert (getattr(column.type, "length", None) or 0) <= longest, measure.key


# A kind of record and a column of it

DATED = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, DatedRecord)),
    key=lambda kind: kind.__name__,
)
KIND_OF_SHEET = {kind.model: kind for kind in RECORD_KINDS}
NO_SHEET = {
    "Activity": "a sheet of its own, read before the others",
    "ManualEntry": "typed in for one indicator, on its page",
}
UNCOVERED = {
    "activitylog/indicators",  # its folder `rules` is no layer
    "activitylog/ledger/imports",  # rows written in bulk are told to the trail by its operations
}
STAMPS = {
    "id",
    "created_at",
    "created_by_id",
    "written_by_id",
    "writers",
    "approved_at",
    "approved_by_id",
    "withdrawn_at",
    "withdrawn_reason",
}
BESIDE = {  # columns that a person does not write in the record's form
    "Push": {"article_key", "published_at"},
    "MediaReport": {"item_key"},
    "PaperTally": {"sheet_id", "small_sheet_id"},
    "Expense": {"confirmed_by_id", "confirmed_at"},
}
# Columns the trail does not tell: who and when are told by the entry itself, what is computed by what it is
# computed from; a secret is never told.
BY_THE_ENTRY = re.compile(
    r"id|approved_by_id|writers|(created|updated|decided|published|changed|judged|written|closed|exported)_(at|by_id)"
)
UNTOLD = {
    "activity": "happens_on host_token is_sample nonce number quality_from_items reviewed_at reviewed_by_id"
    " survey_token version",
    "photo": "fingerprint height thumbnail_id upload width withdrawn_by_id",
    "venue": "merged_at merged_by_id",
    "heads_confirmation": "confirmed_at confirmed_by_id figure rule",
    "expense": "confirmed_at",
    "spelling": "merged_by_id",
    "kiosk": "revoked_by_id",
    "push": "article_key",
    "report": "item_key",
    "tally": "small_sheet_id",
    "questionnaire": "key",
    "indicator": "project_id",
    "rule": "confirmed_by_id indicator_id limits_districts limits_expenses limits_forms limits_kinds "
    "limits_venues",
    "judgement": "confirmed_by_id",
    "reopening": "reopened_at reopened_by_id",
    "export": "is_closed",
    "ledger_layout": "confirmed_at name signature",
    "user": "erased_at is_sample",
    "discrepancy": "found_at project_id sort user_id",
    "year_rounding": "year",
    "year_satisfaction": "year",
    "office_setting": "name",
}


def _columns(model: type) -> set[str]:
    """The columns of a table as its class calls them."""
    return {column.key for column in inspect(model).column_attrs}


def test_every_folder_with_tables_is_known_to_the_migrations() -> None:
    mapped = {mapper.class_.__module__ for mapper in Base.registry.mappers}
    assert mapped == {module.__name__ for module in feature_modules("models")}


def test_every_folder_is_under_the_contracts() -> None:
    """indicators/rules is a folder, no layer."""
    contracts = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    between, inside = (contract for contract in contracts if contract["type"] == "layers")
    rooms = set(re.findall(r"activitylog\.(\w+)", " ".join(between["layers"])))
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} <= rooms
    layers = set(re.findall(r"\w+", " ".join(inside["layers"])))
    containers = [each.replace(".", "/") for each in inside["containers"]]
    folders = [path.parent for path in PACKAGE.rglob("__init__.py")]
    layered = [path for path in folders if len({file.stem for file in path.glob("*.py")} & layers) > 1]
    names = [str(path.relative_to(PACKAGE.parent)) for path in layered]
    uncovered = {name for name in names if not any(Path(name).match(each) for each in containers)}
    assert uncovered == UNCOVERED


def test_every_blueprint_is_registered(app: Flask) -> None:
    made = re.compile(r' = Blueprint\(\s*"(\w+)"')
    names = {
        name for file in PACKAGE.rglob("*.py") for name in made.findall(file.read_text(encoding="utf-8"))
    }
    assert names == app.blueprints.keys()


def test_every_dated_record_goes_with_the_sample() -> None:
    assert [kind.__tablename__ for kind in DATED if kind.__table__ not in REMOVED_TABLES] == []


def test_every_kind_of_record_has_a_sheet_of_the_ledger_or_a_reason_for_none() -> None:
    models = {source.model for source in SOURCES}
    assert {model.__name__ for model in models - KIND_OF_SHEET.keys()} == NO_SHEET.keys()


@pytest.mark.parametrize("kind", DATED, ids=lambda kind: kind.__name__)
def test_every_column_of_a_record_is_one_that_people_write(kind: type[DatedRecord]) -> None:
    assert _columns(kind) - STAMPS - BESIDE.get(kind.__name__, set()) == set(kind.written_fields)


@pytest.mark.parametrize("kind", KIND_OF_SHEET, ids=lambda kind: kind.__name__)
def test_every_field_of_a_record_has_its_column_in_the_ledger(kind: type[DatedRecord]) -> None:
    owners = {"project_id": "project", "activity_id": "activity"}
    sheet = {*KIND_OF_SHEET[kind].identity, *KIND_OF_SHEET[kind].details}
    assert [name for name in kind.written_fields if owners.get(name, name) not in sheet] == []


def test_every_column_of_an_activity_is_one_of_its_details_or_says_why_not() -> None:
    details = {field.name for field in fields(ActivityDetails)}
    found_by_the_way = {"venue_id", "happens_on", "version", "updated_at"}
    given_by_others = {"status", "status_reason", "is_exempt", "quality_met", "quality_from_items"}
    reviewed = {"reviewed_by_id", "reviewed_at"}
    of_its_making = {"number", "survey_token", "host_token", "nonce", "is_sample"}
    others = found_by_the_way | given_by_others | reviewed | of_its_making
    assert _columns(Activity) - details - STAMPS == others


def test_every_detail_of_an_activity_is_in_the_form_and_in_the_ledger_or_says_why_not() -> None:
    details = {field.name for field in fields(ActivityDetails)}
    in_form = {"districts": "district"}
    assert [name for name in details if not hasattr(ActivityForm, in_form.get(name, name))] == []
    in_ledger = {"project_id": "project", "venue_name": "venue"}
    sheet = {column.field for column in ACTIVITIES.columns}
    without_column = {name for name in details if in_ledger.get(name, name) not in sheet}
    # the start stands behind the day; summary and checks are written on the phone alone
    assert without_column == {"start_time", "summary", "checks"}


@pytest.mark.parametrize("spec", AUDITED.values(), ids=lambda spec: spec.kind)
def test_every_column_of_an_audited_table_is_told_or_says_why_not(spec: Audited) -> None:
    untold = _columns(spec.model) - set(spec.fields) - set(spec.secrets)
    own = {name for name in untold if not BY_THE_ENTRY.fullmatch(name)}
    assert own == set(UNTOLD.get(spec.kind, "").split())
