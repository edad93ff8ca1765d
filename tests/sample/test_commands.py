from pathlib import Path

from sqlalchemy.orm import Session

from activitylog.accounts.queries import user_named
from activitylog.accounts.sign_ins.operations import fitting_hash
from activitylog.sample.operations import ROLES
from tests.sample.conftest import Loaded, run


def test_loading_says_what_there_is_and_what_was_missed(loaded: Loaded) -> None:
    assert loaded.result.exit_code == 0, loaded.result.output
    assert "已装入示例（2024年、2026年）：项目 10 个" in loaded.result.stdout
    assert "下乡服务完成次数：18次（目标 ≥20次）" in loaded.result.stdout


def test_no_progress_bar_in_a_pipe(loaded: Loaded) -> None:
    assert loaded.result.stderr == ""


def test_printed_passwords_let_the_samples_people_sign_in(loaded: Loaded, sample: Session) -> None:
    for name in ROLES:
        line = next(line for line in loaded.result.stdout.splitlines() if f"演示账号：{name}" in line)
        password = line.split("密码 ")[1].split("，")[0]
        user = user_named(sample, name)
        assert user.is_sample
        assert user.is_enabled
        assert fitting_hash(sample, name=name, password=password) == user.password_hash


def test_loading_twice_is_refused_with_the_way_out(loaded: Loaded) -> None:
    result = loaded.run("sample", "load")
    assert result.exit_code == 1
    assert str(result.exception).startswith("示例数据已经装入（2026年3月11日 周三）")
    assert "activitylog sample remove" in str(result.exception)


def test_removing_from_a_database_without_sample_says_so(database_url: str, tmp_path: Path) -> None:
    assert run(database_url, tmp_path, "sample", "remove").stdout == "没有示例数据，不用移除。\n"
