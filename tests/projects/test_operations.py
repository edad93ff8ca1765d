"""Importing declarations, also again, and opening a year by copying another."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership
from activitylog.activities.models import Activity
from activitylog.errors import BadInput, Missing, Refused
from activitylog.indicators.models import ManualEntry
from activitylog.projects.changes import ImportChoices, differences, rename_questions
from activitylog.projects.declaration.document import Declaration, plain_number
from activitylog.projects.declaration.reader import ReadingChoices, read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import copy_year, import_declaration, projects_of_year, set_umbrella
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.declarations import form, read
from tests.factories.projects import make_project

NOW = datetime(2025, 1, 6, 2, 0, tzinfo=UTC)
TALKS = "\t产出指标\t数量指标\t讲座场次\t≥10.00(场)"
HEADS = "\t产出指标\t数量指标\t受众人数\t≥500.00(人)"
SAVING = "\t成本指标\t经济成本指标\t成本节约率\t=0.00(%)"
WORD = "\t效益指标\t可持续影响指标\t长效管理制度健全性\t健全"


def declared(folder: Path, *rows: str, **changes: str) -> Declaration:
    return read(folder, form(*(rows or (TALKS, HEADS)), **changes))


def imported(session: Session, folder: Path, *rows: str, replace: bool = False, **changes: str) -> list[str]:
    made = import_declaration(
        session, declared(folder, *rows, **changes), now=NOW, choices=ImportChoices(replace=replace)
    )
    session.expire_all()
    return [str(change) for change in made]


def promises(session: Session, year: int = 2025) -> list[str]:
    return [
        f"{project.name}/{row.name}{row.operator}{row.target_word or plain_number(row.target or Decimal(0))}"
        for project in projects_of_year(session, year)
        for row in project.indicators
    ]


def test_the_whole_sample_declaration_is_stored_as_it_was_read(session: Session) -> None:
    declaration = read_declaration(sample_path())
    import_declaration(session, declaration, now=NOW)
    session.expire_all()
    stored = projects_of_year(session, 2024)
    assert len(stored) == 5
    assert sum(len(project.indicators) for project in stored) == 46
    assert differences(stored, declaration) == []
    umbrella = stored[0]
    assert [project.parent for project in stored] == [None] + [umbrella] * 4
    assert umbrella.budget_fen == sum(child.budget_fen for child in umbrella.children)


def test_the_same_declaration_again_changes_nothing(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    ids = session.scalars(select(Indicator.id)).all()
    assert imported(session, tmp_path) == []
    assert session.scalars(select(Indicator.id)).all() == ids


def test_another_declaration_of_the_year_shows_every_difference_and_changes_nothing(
    session: Session, tmp_path: Path
) -> None:
    imported(session, tmp_path, TALKS, HEADS, SAVING)
    with pytest.raises(Refused) as refusal:
        imported(session, tmp_path, TALKS.replace("10.00", "12"), SAVING.replace("=0", "≥0"), WORD)
    sentence = str(refusal.value)
    assert "2025年已经有申报表" in sentence
    assert "--replace" in sentence
    for difference in (
        "“科普进社区”的指标“讲座场次”：指标值由“10”改为“12”",
        "“科普进社区”的指标“成本节约率”：比较符号由“=”改为“≥”",
        "“科普进社区”的指标“受众人数”：新申报表里没有",
        "“科普进社区”的指标“长效管理制度健全性”：新增",
    ):
        assert difference in sentence
    session.rollback()


def test_differences_read_as_a_person_writes_them(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path, SAVING, goal="甲" * 40)
    other = declared(tmp_path, SAVING.replace("=0.00(%)", "健全"), amount="1,234.50", goal="乙" * 40)
    sentences = [str(change) for change in differences(projects_of_year(session, 2025), other)]
    assert "“科普进社区”：年度资金申请总额由“300,000.00 元”改为“1,234.50 元”" in sentences
    assert "“科普进社区”：年度总体目标由“" + "甲" * 30 + "…”改为“" + "乙" * 30 + "…”" in sentences
    assert "“科普进社区”的指标“成本节约率”：指标值由“0”改为“空”" in sentences
    assert "“科普进社区”的指标“成本节约率”：指标值由“空”改为“健全”" in sentences


def test_differences_come_in_declared_order(session: Session, tmp_path: Path) -> None:
    rows = [TALKS.replace("讲座", name) for name in "甲乙丙丁戊己庚辛"]
    imported(session, tmp_path, *rows)
    other = declared(tmp_path, *(row.replace("10.00", "11.00") for row in rows))
    changed = [change.indicator for change in differences(projects_of_year(session, 2025), other)]
    assert list(dict.fromkeys(changed)) == [f"{name}场次" for name in "甲乙丙丁戊己庚辛"]


def test_replacing_changes_targets_in_place_and_never_duplicates(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    talks = session.scalars(select(Indicator.id).where(Indicator.name == "讲座场次")).one()
    changes = imported(session, tmp_path, WORD, TALKS.replace("10.00", "12"), replace=True)
    assert any("由“10”改为“12”" in change for change in changes)
    assert promises(session) == ["科普进社区/长效管理制度健全性健全", "科普进社区/讲座场次≥12"]
    assert session.scalars(select(Indicator.id).where(Indicator.name == "讲座场次")).one() == talks
    assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_a_target_may_turn_from_a_figure_into_a_word_and_back(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path, SAVING)
    imported(session, tmp_path, SAVING.replace("=0.00(%)", "有所节约"), replace=True)
    assert promises(session) == ["科普进社区/成本节约率有所节约"]
    imported(session, tmp_path, SAVING, replace=True)
    assert promises(session) == ["科普进社区/成本节约率=0"]


def test_replacing_keeps_what_was_logged(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    project = projects_of_year(session, 2025)[0]
    activity = make_activity(session, project, now=datetime(2025, 7, 1, tzinfo=UTC))
    imported(session, tmp_path, TALKS.replace("10.00", "12"), replace=True)
    assert session.get_one(Activity, activity.id).project_id == project.id


def test_another_project_is_added_beside_those_of_the_year(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    assert imported(session, tmp_path, WORD, name="科普进校园") == ["“科普进校园”：新增"]
    assert promises(session) == [
        "科普进社区/讲座场次≥10",
        "科普进社区/受众人数≥500",
        "科普进校园/长效管理制度健全性健全",
    ]
    assert imported(session, tmp_path) == []
    assert imported(session, tmp_path, WORD, name="科普进校园") == []


def test_replacing_one_project_leaves_the_others_alone(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    imported(session, tmp_path, WORD, name="科普进校园")
    imported(session, tmp_path, SAVING, name="科普进校园", replace=True)
    assert promises(session) == [
        "科普进社区/讲座场次≥10",
        "科普进社区/受众人数≥500",
        "科普进校园/成本节约率=0",
    ]


def chosen(session: Session, folder: Path, choices: ImportChoices, *rows: str, **changes: str) -> list[str]:
    made = import_declaration(session, declared(folder, *rows, **changes), now=NOW, choices=choices)
    session.expire_all()
    return [str(change) for change in made]


def test_a_project_without_records_is_dropped_by_name(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    choices = ImportChoices(drops=frozenset({"科普进社区"}))
    assert "“科普进社区”：新申报表里没有" in chosen(session, tmp_path, choices, name="科普进校园")
    assert [project.name for project in projects_of_year(session, 2025)] == ["科普进校园"]


def test_a_project_with_records_cannot_be_dropped(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    project = projects_of_year(session, 2025)[0]
    make_activity(session, project, now=datetime(2025, 7, 1, tzinfo=UTC))
    session.commit()
    with pytest.raises(Refused, match=r"“科普进社区”名下还有活动.*--rename"):
        chosen(session, tmp_path, ImportChoices(drops=frozenset({"科普进社区"})), name="科普进校园")
    session.rollback()
    assert [project.name for project in projects_of_year(session, 2025)] == ["科普进社区"]


def test_a_project_renamed_in_mid_year_keeps_its_records(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    project = projects_of_year(session, 2025)[0]
    activity = make_activity(session, project, now=datetime(2025, 7, 1, tzinfo=UTC))
    choices = ImportChoices(renames={"科普进社区": "科学进社区"})
    assert chosen(session, tmp_path, choices, name="科学进社区") == [
        "“科学进社区”：项目名称由“科普进社区”改为“科学进社区”"
    ]
    [renamed] = projects_of_year(session, 2025)
    assert (renamed.name, renamed.id) == ("科学进社区", session.get_one(Activity, activity.id).project_id)
    assert imported(session, tmp_path, name="科学进社区") == []


def test_a_renaming_remembered_late_takes_the_place_of_the_project_added(
    session: Session, tmp_path: Path
) -> None:
    imported(session, tmp_path)
    project = projects_of_year(session, 2025)[0]
    make_activity(session, project, now=datetime(2025, 7, 1, tzinfo=UTC))
    other = declared(tmp_path, name="科学进社区")
    [question] = rename_questions(projects_of_year(session, 2025), other, ImportChoices())
    assert "--rename 科普进社区=科学进社区" in question
    imported(session, tmp_path, name="科学进社区")
    assert rename_questions(projects_of_year(session, 2025), other, ImportChoices()) == []
    chosen(session, tmp_path, ImportChoices(renames={"科普进社区": "科学进社区"}), name="科学进社区")
    assert [(each.name, each.id) for each in projects_of_year(session, 2025)] == [("科学进社区", project.id)]


def test_other_changes_beside_a_renaming_still_need_to_be_confirmed(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    choices = ImportChoices(renames={"科普进社区": "科学进社区"})
    with pytest.raises(Refused, match="--replace"):
        chosen(session, tmp_path, choices, TALKS, name="科学进社区")


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        (ImportChoices(renames={"没有": "科普进社区"}), "没有名为“没有”的项目，已有：科普进社区"),
        (ImportChoices(renames={"科普进社区": "别的"}), "没有“别的”，不能把"),
        (ImportChoices(drops=frozenset({"没有"})), "没有名为“没有”的项目"),
        (ImportChoices(drops=frozenset({"科普进社区"})), "不能同时去掉"),
    ],
)
def test_choices_that_fit_no_project_are_refused(
    session: Session, tmp_path: Path, choices: ImportChoices, sentence: str
) -> None:
    imported(session, tmp_path)
    with pytest.raises((BadInput, Missing), match=sentence):
        chosen(session, tmp_path, choices)


def test_an_indicator_with_figures_typed_in_cannot_be_left_out(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    heads = session.scalars(select(Indicator).where(Indicator.name == "受众人数")).one()
    entry = ManualEntry(
        indicator_id=heads.id, amount=5, entered_on=date(2025, 3, 1), created_at=NOW, approved_at=NOW
    )
    entry.reason, entry.evidence = "补记", "纪要"
    session.add(entry)
    session.commit()
    with pytest.raises(Refused, match="指标“受众人数”不在新申报表里，但它有人工填报的数"):
        imported(session, tmp_path, TALKS, replace=True)
    session.rollback()
    assert len(promises(session)) == 2


def test_dropping_an_umbrella_sets_its_children_free(session: Session) -> None:
    declaration = read_declaration(sample_path())
    import_declaration(session, declaration, now=NOW)
    alone = replace(
        declaration, projects=tuple(replace(each, parent=None) for each in declaration.projects[1:])
    )
    choices = ImportChoices(drops=frozenset({"基层科普服务"}))
    import_declaration(session, alone, now=NOW, choices=choices)
    session.expire_all()
    assert [project.parent_id for project in projects_of_year(session, 2024)] == [None] * 4


def parents(session: Session, year: int = 2024) -> list[str | None]:
    session.expire_all()
    return [each.parent.name if each.parent else None for each in projects_of_year(session, year)]


def test_an_umbrella_can_be_undone_and_set_again(session: Session) -> None:
    import_declaration(session, read_declaration(sample_path()), now=NOW)
    set_umbrella(session, 2024, None)
    assert parents(session) == [None] * 5
    assert import_declaration(session, read_declaration(sample_path()), now=NOW) == []
    assert parents(session) == [None] * 5
    set_umbrella(session, 2024, "基层科普服务")
    assert parents(session) == [None] + ["基层科普服务"] * 4
    with pytest.raises(Missing, match="没有名为“别的”的项目"):
        set_umbrella(session, 2024, "别的")


def test_a_person_decides_about_the_umbrella_with_the_file(session: Session) -> None:
    import_declaration(session, read_declaration(sample_path()), now=NOW)
    without = read_declaration(sample_path(), ReadingChoices(umbrella=""))
    with pytest.raises(Refused, match="上级项目由“基层科普服务”改为“无”"):
        import_declaration(session, without, now=NOW)
    import_declaration(session, without, now=NOW, choices=ImportChoices(replace=True))
    assert parents(session) == [None] * 5


def test_one_of_several_files_of_a_year_leaves_its_umbrella(session: Session) -> None:
    whole = read_declaration(sample_path())
    import_declaration(session, whole, now=NOW)
    one = replace(whole, projects=(replace(whole.projects[2], parent=None, position=1),))
    assert import_declaration(session, one, now=NOW) == []
    assert parents(session) == [None] + ["基层科普服务"] * 4


def test_an_umbrella_that_comes_later_takes_the_projects_stored_before(session: Session) -> None:
    whole = read_declaration(sample_path())
    children = tuple(replace(each, parent=None) for each in whole.projects[1:])
    import_declaration(session, replace(whole, projects=children), now=NOW)
    import_declaration(session, whole, now=NOW, choices=ImportChoices(replace=True))
    assert parents(session) == [None] + ["基层科普服务"] * 4


def test_years_do_not_touch_each_other(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path)
    imported(session, tmp_path, TALKS, year_line="(2026年度)")
    assert len(promises(session, 2025)) == 2
    assert len(promises(session, 2026)) == 1


def test_a_real_declaration_never_mixes_with_the_sample(session: Session, tmp_path: Path) -> None:
    import_declaration(session, declared(tmp_path), now=NOW, is_sample=True)
    session.commit()
    with pytest.raises(Refused, match="activitylog sample remove"):
        imported(session, tmp_path, WORD, replace=True)
    session.rollback()
    assert len(promises(session)) == 2


def test_a_copied_year_has_the_same_projects_and_targets(session: Session) -> None:
    import_declaration(session, read_declaration(sample_path()), now=NOW)
    copy_year(session, 2024, 2025, now=NOW)
    session.expire_all()
    assert promises(session, 2025) == promises(session, 2024)
    copies = projects_of_year(session, 2025)
    assert [copy.parent and copy.parent.name for copy in copies] == [None] + ["基层科普服务"] * 4
    assert {copy.parent.year for copy in copies if copy.parent} == {2025}
    assert {(copy.starts_on, copy.ends_on) for copy in copies} == {(date(2025, 1, 1), date(2025, 12, 31))}
    assert copies[0].budget_fen == 1_700_000_00


@pytest.mark.parametrize(
    ("target", "day"), [(2025, date(2025, 2, 28)), (2028, date(2028, 2, 29)), (2023, date(2023, 2, 28))]
)
def test_a_leap_day_moves_to_the_last_day_of_february(
    session: Session, tmp_path: Path, target: int, day: date
) -> None:
    declaration = declared(tmp_path)
    leap = tuple(replace(each, starts_on=date(2024, 2, 29), ends_on=None) for each in declaration.projects)
    import_declaration(session, replace(declaration, year=2024, projects=leap), now=NOW)
    copy_year(session, 2024, target, now=NOW)
    copy = projects_of_year(session, target)[0]
    assert (copy.starts_on, copy.ends_on) == (day, None)


def test_copying_refuses_a_year_that_is_declared_or_a_source_that_is_not(
    session: Session, tmp_path: Path
) -> None:
    imported(session, tmp_path)
    with pytest.raises(Refused, match="2025年已经有申报项目"):
        copy_year(session, 2024, 2025, now=NOW)
    with pytest.raises(Refused, match="2024年没有申报项目"):
        copy_year(session, 2024, 2026, now=NOW)
    with pytest.raises(BadInput, match="没有 99999 年"):
        copy_year(session, 2025, 99999, now=NOW)
    assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_a_target_is_kept_exactly(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path, HEADS.replace("≥500.00(人)", "≥0.1(万人)"))
    assert session.scalars(select(Indicator.target)).one() == Decimal("0.1")


def test_names_in_another_spelling_are_the_projects_and_indicators_there_are(
    session: Session, tmp_path: Path
) -> None:
    imported(session, tmp_path, name="小院科普（进社区）")
    before = promises(session)
    respelled = TALKS.replace("讲座", "讲\u200b座"), HEADS.replace("人数", "⼈数")
    assert imported(session, tmp_path, *respelled, name="⼩院科普(进社区)\ufeff") == []
    assert promises(session) == before


def test_who_belongs_to_a_project_belongs_to_it_in_a_new_year(session: Session) -> None:
    older, newer = (make_project(session, name="科普资源配送", year=year) for year in (2020, 2024))
    make_user(session, older, name="早已离开")
    member = make_user(session, newer, name="王芳")
    copy_year(session, 2024, 2025, now=NOW)
    copied = session.scalars(select(Project).where(Project.year == 2025)).one()
    members = session.scalars(select(Membership.user_id).where(Membership.project_id == copied.id))
    assert members.all() == [member.id]
