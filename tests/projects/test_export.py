"""A declaration written as a workbook is read in again unchanged."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from sqlalchemy.orm import Session

from activitylog.projects.changes import ImportChoices, differences
from activitylog.projects.declaration.document import DeclaredProject
from activitylog.projects.declaration.reader import ReadingChoices, read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.export import export_declaration
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import import_declaration, projects_of_year, set_umbrella
from tests.examples import examples
from tests.factories.declarations import form, read
from tests.projects.declaration.test_round_trip import project_lists

NOW = datetime(2025, 1, 6, 2, 0, tzinfo=UTC)


def test_the_sample_comes_back_without_a_difference(session: Session, tmp_path: Path) -> None:
    import_declaration(session, read_declaration(sample_path()), now=NOW)
    session.expire_all()
    stored = projects_of_year(session, 2024)
    export_declaration(tmp_path / "a.xlsx", stored)
    again = read_declaration(tmp_path / "a.xlsx")
    assert differences(stored, again) == []
    assert [project.parent for project in again.projects] == [None] + ["基层科普服务"] * 4


def test_what_a_person_decided_about_the_umbrella_comes_back(session: Session, tmp_path: Path) -> None:
    import_declaration(session, read_declaration(sample_path()), now=NOW)
    set_umbrella(session, 2024, None)
    session.expire_all()
    export_declaration(tmp_path / "a.xlsx", projects_of_year(session, 2024))
    assert [each.parent for each in read_declaration(tmp_path / "a.xlsx").projects] == [None] * 5


def test_a_target_changed_since_is_written_as_it_is_now(session: Session, tmp_path: Path) -> None:
    import_declaration(session, read(tmp_path, form()), now=NOW)
    [project] = projects_of_year(session, 2025)
    project.indicators[0].target = project.indicators[0].target + 2  # type: ignore[operator]
    session.flush()
    export_declaration(tmp_path / "a.xlsx", [project])
    [again] = read_declaration(tmp_path / "a.xlsx").projects
    assert again.indicators[0].printed_target == "≥12场"


def test_older_levels_words_and_dates_come_back(session: Session, tmp_path: Path) -> None:
    rows = (
        "\t产出指标\t成本指标\t总成本（万元）\t控制在30以内",
        "\t\t时效指标\t完成时间\t2025年12月底前",
        "\t\t数量指标\t推送\t每月1次",
        "\t\t质量指标\t合格率(%)\t≥90",
        "\t满意度指标\t满意度指标\t居民满意度\t九十%以上",
    )
    import_declaration(session, read(tmp_path, form(*rows)), now=NOW)
    session.expire_all()
    stored = projects_of_year(session, 2025)
    export_declaration(tmp_path / "a.xlsx", stored)
    assert differences(stored, read_declaration(tmp_path / "a.xlsx")) == []


@examples(5, thorough=60, shrinks=False)
@given(project_lists())
def test_any_declaration_comes_back(declared: tuple[DeclaredProject, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        export_declaration(path, stored_as(declared))
        assert read_declaration(path, ReadingChoices()).projects == declared


def stored_as(declared: Sequence[DeclaredProject]) -> list[Project]:
    """Rows like those an import makes, without a database."""
    from activitylog.projects.changes import indicator_values, project_values

    projects = {
        each.name: Project(
            year=each.year,
            name=each.name,
            position=each.position,
            indicators=[Indicator(name=row.name, **indicator_values(row)) for row in each.indicators],
            **project_values(each),
        )
        for each in declared
    }
    for each in declared:
        projects[each.name].parent = projects[each.parent] if each.parent else None
    return list(projects.values())


def test_replacing_with_the_export_changes_nothing(session: Session, tmp_path: Path) -> None:
    import_declaration(session, read_declaration(sample_path()), now=NOW)
    session.expire_all()
    export_declaration(tmp_path / "a.xlsx", projects_of_year(session, 2024))
    again = read_declaration(tmp_path / "a.xlsx")
    assert import_declaration(session, again, now=NOW, choices=ImportChoices(replace=True)) == []
    assert replace(again, warnings=()).year == 2024
