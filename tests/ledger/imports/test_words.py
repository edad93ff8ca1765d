from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.models import Project
from tests.factories.ledger import (
    NOW,
    PROJECT,
    activity_row,
    import_file,
    milestone_row,
    save_ledger,
)
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator


@pytest.fixture
def project(session: Session) -> Project:
    """A project below another whose rules count two kinds, one of venues and one of milestones."""
    umbrella = make_project(session, name="总项目", year=2024)
    project = make_project(session, name=PROJECT, year=2024, parent=umbrella)
    make_indicator(session, umbrella, kinds=("资源配送",))
    make_indicator(session, project, kinds=("下乡服务",))
    limits = RuleDetails("activities_held", venue_kinds=("社区书院",))
    set_rule(session, make_indicator(session, project), limits, by=None, now=NOW)
    limits = RuleDetails("milestones_done", milestone_kind="科技小院")
    set_rule(session, make_indicator(session, project), limits, by=None, now=NOW)
    return project


def warnings(session: Session, path: Path) -> list[tuple[int | None, str, str]]:
    return [(w.row, w.column, w.message) for w in import_file(session, path).warnings]


@pytest.mark.parametrize("kinds", ["资源配送、下乡服务", "资源配送\u200b"])
@pytest.mark.usefixtures("project")
def test_words_that_a_rule_counts_are_not_told(session: Session, tmp_path: Path, kinds: str) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row(活动类型=kinds)], 里程碑=[milestone_row()])
    assert warnings(session, path) == []


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("资源配松", "没有指标数“资源配松”，是不是“资源配送”？（共 2 行）"),
        ("资源配", "没有指标数“资源配”，是不是“资源配送”？（共 2 行）"),
        ("资源配送活动", "没有指标数“资源配送活动”，是不是“资源配送”？（共 2 行）"),
        ("天文观测", "没有指标数“天文观测”，数的有：下乡服务、资源配送。（共 2 行）"),
        (None, "没有填活动类型，按它数的指标（下乡服务、资源配送）都不会数到。（共 2 行）"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_kind_nobody_counts_is_told_once(
    session: Session, tmp_path: Path, word: str | None, sentence: str
) -> None:
    rows = [activity_row(str(n), 活动名称=f"第{n}场", 活动类型=word) for n in range(2)]
    path = save_ledger(tmp_path / "台账.xlsx", 活动=rows)
    assert warnings(session, path) == [(2, "活动类型", sentence)]
    assert warnings(session, path) == []


@pytest.mark.usefixtures("project")
def test_venue_kinds_and_milestone_kinds_nobody_counts_are_told(session: Session, tmp_path: Path) -> None:
    path = save_ledger(
        tmp_path / "台账.xlsx",
        活动=[activity_row(场所类型="社区书苑")],
        里程碑=[milestone_row(类别="科技小園")],
    )
    assert warnings(session, path) == [
        (2, "场所类型", "没有指标数“社区书苑”，是不是“社区书院”？"),
        (2, "类别", "没有指标数“科技小園”，是不是“科技小院”？"),
    ]


@pytest.mark.usefixtures("project")
def test_a_form_a_letter_away_from_a_known_one_is_told(session: Session, tmp_path: Path) -> None:
    rows = [activity_row("1", 科普形式="讲坐"), activity_row("2", 科普形式="天文沙龙", 活动名称="另一场")]
    path = save_ledger(tmp_path / "台账.xlsx", 活动=rows)
    ((row, column, message),) = warnings(session, path)
    assert (row, column, "是不是“讲座”" in message) == (2, "科普形式", True)


def test_a_project_without_such_rules_tells_nothing(session: Session, tmp_path: Path) -> None:
    make_indicator(session, make_project(session, name=PROJECT, year=2024))
    assert warnings(session, save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row(活动类型="随便")])) == []
