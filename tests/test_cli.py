"""The commands as scripts and people call them: what they print, their codes, and no traceback ever."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.passwords import fits
from activitylog.accounts.rules import Permission
from activitylog.core.database import begin_writing, make_engine
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Project
from activitylog.projects.operations import projects_of_year
from activitylog.settings import Settings
from tests.databases import TRAIL_KEYS, Databases
from tests.factories.accounts import make_second_factor
from tests.factories.activities import make_activity
from tests.factories.declarations import form
from tests.factories.projects import make_project
from tests.factories.trail import last
from tests.servers import free_port
from tests.terminal import Outcome, Terminal

PASSWORD = "Kepu-2024"
KEY = "a secret of the tests only"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    """A terminal in an empty folder, with nothing set."""
    monkeypatch.chdir(tmp_path)
    return Terminal(monkeypatch, capsys)


@pytest.fixture
def call(bare: Terminal, settings: Settings) -> Terminal:
    """A terminal of an installation with an empty database."""
    bare.use_settings(settings)
    return bare


Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def process(tmp_path: Path) -> Process:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ACTIVITYLOG_")}
        return subprocess.run(
            [sys.executable, "-m", "activitylog", *arguments],
            cwd=Path(__file__).parent.parent,
            env=environ | {"ACTIVITYLOG_DATA_DIR": str(tmp_path / "data")},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def refused(outcome: Outcome, code: int, *words: str) -> None:
    """One Chinese sentence on standard error, nothing on standard output."""
    assert (outcome.code, outcome.out) == (code, "")
    assert "Traceback" not in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1, outcome.err
    for word in words:
        assert word in outcome.err


def declared(call: Terminal) -> dict[str, list[dict[str, object]]]:
    """The sample declaration, taken in; what the command printed."""
    document: dict[str, list[dict[str, object]]] = json.loads(
        call("declaration", "import", sample_path(), "--json").out
    )
    return document


# declarations


def test_a_declaration_is_imported_and_described_as_json(call: Terminal) -> None:
    document = declared(call)
    assert set(document) >= {"projects", "warnings"}
    assert [project["name"] for project in document["projects"]][:2] == [
        "基层科普服务",
        "科技会客厅-科学咖啡馆",
    ]
    umbrella, cafe = document["projects"][:2]
    assert (umbrella["parent"], cafe["parent"]) == (None, "基层科普服务")
    assert (cafe["year"], cafe["budget_fen"]) == (2024, 30_000_000)
    indicators = [row for each in document["projects"] for row in each["indicators"]]  # type: ignore[attr-defined]
    assert len(indicators) == 46
    assert {
        "name": "开展配送和志愿服务数量",
        "level1": "产出指标",
        "level2": "数量指标",
        "operator": "≥",
        "target": "80",
        "unit": "次",
        "measure": "activities_held",
        "kinds": ["资源配送", "志愿服务"],
    } in indicators
    assert {
        "name": "基层科普服务能力提升情况",
        "level1": "效益指标",
        "level2": "社会效益指标",
        "operator": "",
        "target": "有效提升",
        "unit": "",
        "measure": None,
        "kinds": [],
    } in indicators


def test_a_second_import_says_what_differs_and_needs_replace(call: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "申报表.txt"
    file.write_text(form("\t产出指标\t数量指标\t讲座场次\t≥10.00(场)"))
    assert "已导入" in call("declaration", "import", file).out
    again = call("declaration", "import", file)
    assert (again.code, again.out.startswith("没有改动")) == (0, True)
    file.write_text(form("\t产出指标\t数量指标\t讲座场次\t≥12.00(场)"))
    outcome = call("declaration", "import", file)
    assert (outcome.code, outcome.out) == (1, "")
    assert "指标值由“10”改为“12”" in outcome.err
    assert "--replace" in outcome.err
    assert "由“10”改为“12”" in call("declaration", "import", file, "--dry-run").out
    assert call("declaration", "import", file, "--replace").code == 0
    assert call("declaration", "import", file).code == 0


def listed(outcome: Outcome, *words: str) -> None:
    """A refusal that lists what is wrong line by line."""
    assert (outcome.code, outcome.out) == (2, "")
    for word in words:
        assert word in outcome.err


def test_files_of_one_year_come_in_together_or_one_after_the_other(
    call: Terminal, session: Session, tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.txt" for name in "甲乙丙丁"]
    for file, amount in zip(files, ("1.00", "2.00", "4.00", "7.00"), strict=True):
        file.write_text(form(name=file.stem, amount=amount))
    document = json.loads(call("declaration", "import", *files, "--json").out)
    assert [(each["name"], each["parent"]) for each in document["projects"]] == [
        *((name, "丁") for name in "甲乙丙"),
        ("丁", None),
    ]
    file = tmp_path / "戊.txt"
    file.write_text(form(name="戊", amount="8.00"))
    assert "已导入2025年 1 个项目" in call("declaration", "import", file).out
    assert call("declaration", "import", *files, file).out.startswith("没有改动")
    assert [project.name for project in projects_of_year(session, 2025)] == list("甲乙丙丁戊")


def test_a_damaged_file_keeps_the_others_out(call: Terminal, session: Session, tmp_path: Path) -> None:
    good, bad = tmp_path / "甲.txt", tmp_path / "乙.txt"
    good.write_text(form(name="甲"))
    bad.write_text(form("\t产出指标\t数量指标\t讲座场次\t5-10(场)", name="乙"))
    listed(call("declaration", "import", good, bad), "乙.txt 第14行", "一个界限")
    bad.write_text(form(name="甲"))
    listed(call("declaration", "import", good, bad), "乙.txt：“甲”在“甲.txt”里已经申报过")
    assert session.scalars(select(Project)).all() == []


def test_a_person_decides_what_the_file_leaves_open(call: Terminal, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "申报表.txt"
    file.write_text(form(money_heading="项目资金", amount="30.00"))
    listed(call("declaration", "import", file), "找不到金额的单位", "--money-unit 万元")
    assert call("declaration", "import", file, "--money-unit", "万元").code == 0
    assert projects_of_year(session, 2025)[0].budget_fen == 30_000_000
    file.write_text(form(name="科学进社区", amount="300,000.00"))
    assert "--rename 科普进社区=科学进社区" in call("declaration", "import", file, "--dry-run").out
    assert call("declaration", "import", file, "--rename", "科普进社区=科学进社区").code == 0
    session.rollback()
    assert [project.name for project in projects_of_year(session, 2025)] == ["科学进社区"]
    refused(call("declaration", "import", file, "--rename", "科普进社区"), 2, "旧名=新名")
    refused(call("declaration", "import", file, "--umbrella", "甲", "--no-umbrella"), 2, "只能用一个")


def test_the_umbrella_found_can_be_undone(call: Terminal, session: Session) -> None:
    assert "--no-umbrella" in call("declaration", "import", sample_path()).out
    assert "没有" in call("declaration", "umbrella", "--year", 2024).out
    assert {project.parent for project in projects_of_year(session, 2024)} == {None}
    session.rollback()
    assert call("declaration", "umbrella", "--year", 2024, "基层科普服务").code == 0
    assert len(projects_of_year(session, 2024)[0].children) == 4
    refused(call("declaration", "umbrella", "--year", 2024, "别的"), 2, "没有名为“别的”的项目")


def test_an_exported_declaration_comes_in_unchanged(call: Terminal, tmp_path: Path) -> None:
    declared(call)
    file = tmp_path / "申报表.xlsx"
    assert "2024年 5 个项目" in call("declaration", "export", "--year", 2024, "-o", file).out
    assert call("declaration", "import", file).out.startswith("没有改动")
    refused(call("declaration", "export", "--year", 2023, "-o", file), 2, "2023 年还没有项目")


def test_a_dry_run_stores_nothing(call: Terminal, session: Session) -> None:
    assert "读到2024年 5 个项目、46 个指标" in call("declaration", "import", sample_path(), "--dry-run").out
    assert session.scalars(select(Project)).all() == []


def test_a_year_is_copied(call: Terminal, session: Session) -> None:
    declared(call)
    assert "已按2024年的申报表开立2025年" in call("declaration", "copy", "--from", 2024, "--to", 2025).out
    assert len(projects_of_year(session, 2025)) == 5
    refused(call("declaration", "copy", "--from", 2024, "--to", 2025), 1, "2025年已经有申报项目")
    refused(call("declaration", "copy", "--from", 2024, "--to", 99999), 2, "99999")


@pytest.mark.parametrize("name", ["没有.txt", "没有.xlsx", ".", "/"])
def test_a_file_that_is_not_there_or_no_file_is_refused(call: Terminal, name: str) -> None:
    refused(call("declaration", "import", name), 2, "无法读取")


def test_a_damaged_declaration_lists_its_lines_and_stores_nothing(
    call: Terminal, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "申报表.txt"
    file.write_text(form("\t产出指标\t数量指标\t讲座场次\t≥？？(场)"))
    outcome = call("declaration", "import", file)
    assert (outcome.code, outcome.out) == (2, "")
    assert "申报表.txt 第" in outcome.err
    assert session.scalars(select(Project)).all() == []


# months


def test_a_roll_up_by_command_is_told_in_the_trail(call: Terminal, session: Session) -> None:
    declared(call)
    assert call("rollup", "run", "2024-02").code == 0
    entry = last(session, "booking")
    assert (entry.who, entry.action, entry.object_name) == ("命令行", "booking.booked", "2024年1月至2月")


def test_a_month_is_rolled_up_closed_and_read_back(call: Terminal, session: Session) -> None:
    declared(call)
    delivery = next(each for each in projects_of_year(session, 2024) if each.name == "科普资源配送")
    make_activity(session, delivery, audience_onsite=3120)
    session.commit()
    outcome = call("rollup", "run", "2024-06", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    document = json.loads(outcome.out)
    assert (document["period"], document["booked"], len(document["actuals"])) == ("2024-06", True, 46)
    assert document["as_of"].endswith("+08:00")
    heads = next(
        row
        for row in document["actuals"]
        if (row["project"], row["indicator"]) == ("科普资源配送", "活动受众人数")
    )
    assert heads == {
        "project": "科普资源配送",
        "indicator": "活动受众人数",
        "level1": "产出指标",
        "level2": "数量指标",
        "operator": "≥",
        "target": "5000",
        "unit": "人",
        "measure": "people_reached",
        "value": "3120",
        "amount": 3120,
        "base": None,
        "records": 1,
        "adjustments": 0,
        "reached": False,
        "light": "blue",
    }
    assert json.loads(call("actuals", "2024-06", "--json").out) == document
    closing = call("rollup", "close", "2024-06")
    assert closing.code == 0
    assert "2024年6月没办的：" in closing.out
    assert "条计数规则没有确认" in closing.out
    refused(call("rollup", "close", "2024-06"), 1, "2024年6月已经结账")
    refused(call("rollup", "run", "2024-06"), 1, "2024年6月已经结账")


def test_one_projects_actuals_are_read_alone_and_live_ones_are_not_rolled_up(call: Terminal) -> None:
    declared(call)
    document = json.loads(call("actuals", "2024-03", "--project", "惠民科普直通车", "--live", "--json").out)
    assert document["booked"] is False
    assert {row["project"] for row in document["actuals"]} == {"惠民科普直通车"}
    satisfaction = next(row for row in document["actuals"] if row["measure"] == "satisfaction")
    assert (satisfaction["value"], satisfaction["reached"], satisfaction["light"]) == (None, None, None)
    assert "2024年3月还没有汇总" in call("actuals", "2024-03").out


@pytest.mark.parametrize("period", ["2024-13", "2024-6", "202406", "上月", "2024-06-01"])
@pytest.mark.parametrize("command", [["rollup", "run"], ["rollup", "close"], ["actuals"]])
def test_a_bad_period_is_refused(call: Terminal, command: list[str], period: str) -> None:
    refused(call(*command, period), 2, "2024-06")


def test_a_month_to_come_is_not_rolled_up(call: Terminal) -> None:
    declared(call)
    with time_machine.travel(datetime(2024, 3, 2, 4, tzinfo=UTC), tick=False):
        refused(call("rollup", "run", "2024-05"), 1, "2024年5月还没有到，不能汇总")
        assert call("rollup", "run", "2024-03").code == 0


def test_a_month_not_rolled_up_cannot_be_closed(call: Terminal) -> None:
    refused(call("rollup", "close", "2024-06"), 1, "2024年6月还没有汇总")


def test_an_unknown_project_is_refused_with_those_there_are(call: Terminal) -> None:
    declared(call)
    refused(call("actuals", "2024-06", "--project", "科普"), 2, "没有名为“科普”的项目", "惠民科普直通车")
    missing = call(
        "user",
        "create",
        "张三",
        "--role",
        "organizer",
        "--project",
        "科普",
        "--password-stdin",
        stdin=PASSWORD,
    )
    refused(missing, 2, "没有名为“科普”的项目")


# people


def create(call: Terminal, name: str, *more: str, role: str = "organizer", stdin: str = PASSWORD) -> Outcome:
    return call("user", "create", name, "--role", role, "--password-stdin", *more, stdin=stdin)


def test_a_person_is_created_listed_and_disabled(call: Terminal, session: Session) -> None:
    assert "已创建用户“张三”（活动组织者）" in create(call, "张三", stdin=f"{PASSWORD}\n").out
    assert "张三\t活动组织者" in call("user", "list").out
    assert "已停用用户“张三”" in call("user", "disable", "张三").out
    assert "张三\t活动组织者\t已停用" in call("user", "list").out
    refused(call("user", "disable", "李四"), 2, "没有名为“李四”的用户")


def test_a_person_joins_the_project_of_every_year(call: Terminal, session: Session) -> None:
    for year in (2024, 2025):
        make_project(session, name="科普进社区", year=year)
    make_project(session, name="别的项目")
    session.commit()
    assert create(call, "张三", "--project", "科普进社区").code == 0
    joined = session.scalars(
        select(Project.year).join(Membership, Membership.project_id == Project.id).order_by(Project.year)
    )
    assert joined.all() == [2024, 2025]


def test_the_list_of_people_names_the_projects_organizers_see(call: Terminal, session: Session) -> None:
    for year in (2024, 2025):
        make_project(session, name="科普进社区", year=year)
    make_project(session, name="大型活动")
    session.commit()
    create(call, "张三", "--project", "科普进社区", "--project", "大型活动")
    create(call, "李四", role="manager")
    assert call("user", "list").out == (
        "张三\t活动组织者\t科普进社区（2025年）、科普进社区（2024年）、大型活动（2024年）\n李四\t项目负责人\t全部项目\n"
    )


def test_a_manager_has_the_projects_named_or_all(call: Terminal, session: Session) -> None:
    make_project(session, name="科普进社区")
    session.commit()
    made = create(call, "张三", "--project", "科普进社区", role="manager")
    assert "已创建用户“张三”（项目负责人，科普进社区（2024年））。" in made.out
    assert "已创建用户“李四”（项目负责人，全部项目）。" in create(call, "李四", role="manager").out
    seeing = {user.name: user.sees_all_projects for user in session.scalars(select(User))}
    assert seeing == {"张三": False, "李四": True}
    session.rollback()
    assert call("user", "role", "张三", "officer").code == 0
    assert "现在是项目负责人，全部项目。" in call("user", "role", "张三", "manager").out
    assert session.scalars(select(Membership)).all() == []


def test_accounts_are_administered_with_the_books_and_without(call: Terminal, session: Session) -> None:
    assert "（绩效专员、系统管理员）" in create(call, "张三", role="admin").out
    assert "（系统管理员）" in create(call, "李四", role="accounts").out
    may = {user.name: user.permissions for user in session.scalars(select(User))}
    assert may["李四"] == {Permission.SIGN_IN, Permission.MANAGE_PEOPLE, Permission.SET_OFFICE}
    assert may["张三"] == frozenset(Permission)


@pytest.mark.parametrize("role", ["officer", "auditor", "admin", "accounts"])
def test_a_project_limits_organizers_and_managers_and_others_are_told_so(
    call: Terminal, session: Session, role: str
) -> None:
    make_project(session, name="科普进社区")
    session.commit()
    made = create(call, "张三", "--project", "科普进社区", role=role)
    assert made.code == 0
    assert "--project 只对活动组织者和项目负责人起作用，已忽略。" in made.err
    assert session.scalars(select(Membership)).all() == []
    assert session.scalars(select(User.name)).all() == ["张三"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["--role", "king", "--password-stdin"], PASSWORD, "没有“king”这个角色"),
        (["--role", "admin", "--password-stdin"], "short1A", "密码太短"),
        (["--role", "admin", "--password-stdin"], "onlyletters", "密码太简单"),
        (["--role", "admin", "--password-stdin"], "", "标准输入里没有密码"),
        (["--role", "admin", "--password-stdin"], "\n", "标准输入里没有密码"),
        (["--role", "admin", "--password-stdin"], b"\xff\xfe\xff", "不是 UTF-8"),
        (["--role", "admin"], PASSWORD, "--password-stdin"),
        (["--password-stdin"], PASSWORD, "缺少参数 --role"),
        (["--role", "admin", "--password"], PASSWORD, "没有 --password 这个选项"),
    ],
)
def test_a_person_is_not_created_from_bad_input(
    call: Terminal, session: Session, arguments: list[str], stdin: str | bytes, words: str
) -> None:
    refused(call("user", "create", "张三", *arguments, stdin=stdin), 2, words)
    assert session.scalars(select(User)).all() == []


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--password-stdin"], "标准输入里没有密码"), ([], "--password-stdin")]
)
def test_without_a_standard_input_there_is_no_password(
    call: Terminal, session: Session, arguments: list[str], words: str
) -> None:
    refused(call("user", "create", "张三", "--role", "admin", *arguments, stdin=None), 2, words)
    assert session.scalars(select(User)).all() == []


def test_a_person_locked_out_comes_back_by_commands(call: Terminal, session: Session) -> None:
    create(call, "张三", role="officer")
    assert "没有名为“李四”的用户" in call("user", "enable", "李四").err
    call("user", "disable", "张三")
    assert "已启用用户“张三”" in call("user", "enable", "张三").out
    assert "可以马上再试登录" in call("user", "unlock", "张三").out
    changed = call("user", "passwd", "张三", "--password-stdin", stdin="Hunter-2-Kepu\n")
    assert "已更换用户“张三”的密码" in changed.out
    person = session.scalars(select(User)).one()
    assert fits(person.password_hash, "Hunter-2-Kepu")
    refused(call("user", "passwd", "张三", "--password-stdin", stdin="short\n"), 2, "密码太短")
    assert "用户“张三”现在是项目负责人，全部项目。" in call("user", "role", "张三", "manager").out
    session.rollback()
    assert "“张三”没有开启两步验证" in call("user", "second-factor", "张三").out
    begin_writing(session)
    make_second_factor(session, person)
    session.commit()
    assert "“张三”已开启两步验证" in call("user", "second-factor", "张三").out
    assert "“张三”的两步验证已关闭" in call("user", "second-factor", "张三", "--off").out
    refused(call("user", "second-factor", "张三", "--off"), 1, "没有开启两步验证")
    refused(call("user", "role", "张三", "king"), 2, "没有“king”这个角色，可用：")


def test_the_last_administrator_stays_one_by_commands_too(call: Terminal, session: Session) -> None:
    create(call, "管理员", role="admin")
    for arguments in (("disable", "管理员"), ("role", "管理员", "officer")):
        refused(call("user", *arguments), 1, "最后一个系统管理员")


def test_a_taken_or_impossible_name_is_refused(call: Terminal, session: Session) -> None:
    assert create(call, "张三").code == 0
    refused(create(call, " 张三 "), 1, "用户“张三”已经存在")
    refused(create(call, "  "), 2, "请填写姓名")
    refused(create(call, "长" * 65), 2, "最多 64 个字")
    assert session.scalars(select(User.name)).all() == ["张三"]


# calls and places


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "没有 dance 这个命令"),
        (["rollup", "dance"], "没有 dance 这个命令"),
        (["actuals", "--loud"], "没有 --loud 这个选项"),
        (["actuals", "2024-06", "2024-07"], "多了参数 2024-07"),
        (["declaration", "import"], "缺少参数 FILE"),
        (["rollup", "close"], "缺少参数 PERIOD"),
        (["declaration", "copy", "--from", "this", "--to", "2025"], "参数 --from 的值不对，应为整数"),
        (["serve", "--port", "http"], "参数 --port 的值不对，应为整数"),
        (["serve", "--workers", "0"], "参数 --workers 的值不对，应为 1 到 64 的整数"),
        (
            ["rollup", "reopen", "2024-06", "--reason", "补录", "--days", "0"],
            "参数 --days 的值不对，应为 1 到 31 的整数",
        ),
        (["ledger", "template"], "缺少参数 -o"),
    ],
)
def test_a_wrong_call_is_a_sentence(bare: Terminal, arguments: list[str], words: str) -> None:
    refused(bare(*arguments), 2, words, "--help")


def test_a_group_alone_shows_its_help(bare: Terminal) -> None:
    outcome = bare("rollup")
    assert (outcome.code, outcome.err) == (0, "")
    assert "close" in outcome.out


def test_an_archive_that_is_not_there_is_said_so(call: Terminal, tmp_path: Path) -> None:
    refused(call("audit", "verify", "/nonexist"), 2, "没有文件“/nonexist”")
    refused(call("audit", "verify", tmp_path), 2, "是文件夹")


def test_a_declaration_that_is_not_there_is_said_so(call: Terminal, tmp_path: Path) -> None:
    for file in ("/nonexist", "/nonexist.pdf", "/nonexist.txt"):
        refused(call("declaration", "import", file), 2, f"“{file[1:]}”", "没有这个文件")
    refused(call("declaration", "import", tmp_path), 2, "文件夹")


READING = (["actuals"], ["user", "list"], ["rollup", "run"], ["survey", "links"], ["scheduler"])


@pytest.mark.parametrize("arguments", [*READING, ["serve"]])
def test_a_database_without_tables_is_a_sentence(
    bare: Terminal, databases: Databases, tmp_path: Path, arguments: list[str]
) -> None:
    with databases.fresh(migrated=False) as url:
        bare.use_settings(Settings(tmp_path, url, KEY))
        refused(bare(*arguments), 2, "activitylog db upgrade")


@pytest.mark.parametrize("arguments", [*READING, ["db", "upgrade"]])
@pytest.mark.parametrize(
    "place",
    ["postgresql://me:hunter2@127.0.0.1:{port}/x", "sqlite:////no/such/folder/x.db", "sqlite:///{file}"],
)
def test_a_database_out_of_reach_is_a_sentence(
    bare: Terminal, tmp_path: Path, place: str, arguments: list[str]
) -> None:
    file = tmp_path / "text.db"
    file.write_text("no database " * 20)
    url = place.format(port=free_port(), file=file)
    bare.use_settings(Settings(tmp_path, url, KEY))
    outcome = bare(*arguments)
    refused(outcome, 2, "数据库连接不上", "ACTIVITYLOG_DATABASE_URL")
    assert "hunter2" not in outcome.err


def test_a_bad_setting_is_a_sentence(bare: Terminal) -> None:
    bare.set("SURVEY_LIMIT", "many")
    refused(bare("actuals"), 2, "ACTIVITYLOG_SURVEY_LIMIT")


def test_upgrading_makes_a_database_and_again_changes_nothing(
    bare: Terminal, databases: Databases, tmp_path: Path
) -> None:
    with databases.fresh(migrated=False) as url:
        bare.use_settings(Settings(tmp_path, url, KEY))
        for _ in range(2):
            assert bare("db", "upgrade") == Outcome(0, "数据库已是最新结构。\n", "")
        assert bare("actuals", "2024-06").code == 0


def test_a_database_of_a_later_version_is_left_alone(call: Terminal, settings: Settings) -> None:
    engine = make_engine(settings.database_url, trail_keys=TRAIL_KEYS)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    refused(call("db", "upgrade"), 1, "比这个版本新")


def test_the_module_itself_is_the_command(process: Process) -> None:
    assert process("db", "upgrade").returncode == 0
    created = process("user", "create", "张三", "--role", "admin", "--password-stdin", stdin=PASSWORD)
    assert (created.returncode, created.stderr) == (0, "")
    refusal = process("user", "create", "张三", "--role", "admin", "--password-stdin", stdin=PASSWORD)
    assert (refusal.returncode, refusal.stdout) == (1, "")
    assert refusal.stderr == "用户“张三”已经存在，请换一个名字。\n"


def test_output_cut_short_by_a_reader_is_no_failure_to_tell_of(process: Process, tmp_path: Path) -> None:
    process("db", "upgrade")
    script = f'{sys.executable} -m activitylog actuals --json | true; test "${{PIPESTATUS[0]}}" -le 1'
    cut = subprocess.run(
        ["bash", "-c", script],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"ACTIVITYLOG_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (cut.returncode, cut.stderr) == (0, "")
