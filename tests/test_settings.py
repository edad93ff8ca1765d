"""Settings: what is taken when nothing is said, and every bad value named with what was expected."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from activitylog.errors import SettingsError
from activitylog.settings import Settings, _stored_secret

KEY = "sixteen letters."
POSTGRESQL = "postgresql://activitylog@db.example/activitylog"


def settings(folder: Path, **environ: str) -> Settings:
    return Settings.from_env({"ACTIVITYLOG_DATA_DIR": str(folder), **environ})


def test_an_office_that_says_nothing_gets_a_database_and_a_key_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    found = settings(folder)
    assert found.database_url == f"sqlite:///{folder}/activitylog.db"
    assert found.secret_key == (folder / "secret_key").read_text()
    assert len(found.secret_key) >= 32
    assert (found.public_url, found.redis_url, found.survey_limit) == ("http://localhost:8000", "", 3000)


def test_the_data_stand_in_the_working_directory_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_env({}).data_dir == tmp_path / "instance"


def test_an_empty_variable_is_as_good_as_none(tmp_path: Path) -> None:
    names = ("DATABASE_URL", "SECRET_KEY", "PUBLIC_URL", "REDIS_URL", "SURVEY_LIMIT")
    assert settings(tmp_path, **{f"ACTIVITYLOG_{name}": "" for name in names}) == settings(tmp_path)


def test_what_is_said_is_taken(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        ACTIVITYLOG_DATABASE_URL=POSTGRESQL,
        ACTIVITYLOG_SECRET_KEY=KEY,
        ACTIVITYLOG_PUBLIC_URL="https://kepu.example:8443/",
        ACTIVITYLOG_REDIS_URL="redis://cache:6379/1",
        ACTIVITYLOG_SURVEY_LIMIT="0",
    )
    assert found.database_url == "postgresql+psycopg://activitylog@db.example/activitylog"
    assert found.secret_key == KEY
    assert found.public_url == "https://kepu.example:8443"
    assert found.redis_url == "redis://cache:6379/1"
    assert found.survey_limit == 0
    assert not (tmp_path / "secret_key").exists()


def test_a_sqlite_file_elsewhere_needs_no_key_of_its_own(tmp_path: Path) -> None:
    assert settings(tmp_path, ACTIVITYLOG_DATABASE_URL=f"sqlite:///{tmp_path}/x.db").secret_key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root@db/activitylog"),
        ("DATABASE_URL", "postgres://db/activitylog"),
        ("DATABASE_URL", "postgresql://db"),
        ("DATABASE_URL", "postgresql://db:port/activitylog"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "activitylog.db"),
        ("SECRET_KEY", "fifteen letters"),
        ("PUBLIC_URL", "kepu.example"),
        ("PUBLIC_URL", "ftp://kepu.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://[::1"),
        ("PUBLIC_URL", "https://kepu.example:port"),
        ("PUBLIC_URL", "https://kepu.example:99999"),
        ("PUBLIC_URL", "https://kepu .example"),
        ("PUBLIC_URL", "https://me:secret@kepu.example"),
        ("PUBLIC_URL", "https://kepu.example/?a=b"),
        ("REDIS_URL", "cache:6379"),
        ("REDIS_URL", "http://cache"),
        ("REDIS_URL", "redis://"),
        ("SYSLOG", "log.example.cn"),
        ("SYSLOG", "udp://log.example.cn:514"),
        ("SYSLOG", "log.example.cn:0"),
        ("SYSLOG", "tcp://log.example.cn:65536"),
        ("SURVEY_LIMIT", "-1"),
        ("SURVEY_LIMIT", "1.5"),
        ("SURVEY_LIMIT", "many"),
        ("SURVEY_LIMIT", "１００"),
        ("SURVEY_LIMIT", "9" * 20),
    ],
)
def test_a_bad_value_stops_the_start_with_its_name_and_what_was_expected(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=rf"^ACTIVITYLOG_{name}：.*应为") as refusal:
        settings(tmp_path, **{f"ACTIVITYLOG_{name}": value})
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("value", ["x", "-1", "29", "9" * 20, "五"])
def test_the_closing_day_is_one_every_month_has_or_none(tmp_path: Path, value: str) -> None:
    expected = rf"^ACTIVITYLOG_CLOSE_DAY：“{value}”不能用，应为 0（不自动结账）或 1 到 28 之间的日子，如 5。$"
    with pytest.raises(SettingsError, match=expected):
        settings(tmp_path, ACTIVITYLOG_CLOSE_DAY=value)


def test_trusted_proxies_are_addresses_and_networks(tmp_path: Path) -> None:
    assert settings(tmp_path).trusted_proxies == ()
    found = settings(tmp_path, ACTIVITYLOG_TRUSTED_PROXIES="10.0.0.5, 172.16.0.0/12 fd00::1").trusted_proxies
    assert [str(each) for each in found] == ["10.0.0.5/32", "172.16.0.0/12", "fd00::1/128"]
    expected = (
        "^ACTIVITYLOG_TRUSTED_PROXIES：“proxy”不是网络地址，应为 10.0.0.5 或 10.0.0.0/8，多个用逗号分开。$"
    )
    with pytest.raises(SettingsError, match=expected):
        settings(tmp_path, ACTIVITYLOG_TRUSTED_PROXIES="10.0.0.5, proxy")


def test_a_password_in_a_bad_address_is_not_repeated(tmp_path: Path) -> None:
    for name, value in (
        ("DATABASE_URL", "postgresql://me:hunter2@db:port/activitylog"),
        ("REDIS_URL", "http://:hunter2@cache"),
    ):
        with pytest.raises(SettingsError) as refusal:
            settings(tmp_path, **{f"ACTIVITYLOG_{name}": value})
        assert "hunter2" not in str(refusal.value)


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "below"):
        with pytest.raises(SettingsError, match=r"^ACTIVITYLOG_DATA_DIR：") as refusal:
            settings(place)
        assert str(place) in str(refusal.value)


def test_a_database_of_its_own_kind_needs_a_key_all_its_processes_share(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^ACTIVITYLOG_SECRET_KEY：使用外部数据库时必须设置"):
        settings(tmp_path, ACTIVITYLOG_DATABASE_URL=POSTGRESQL)


def test_the_key_is_kept_for_the_next_start_and_read_by_nobody_else(tmp_path: Path) -> None:
    first = settings(tmp_path).secret_key
    assert settings(tmp_path).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("content", [b"", b"short", b"\n" * 40])
def test_a_damaged_key_is_never_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret_key").write_bytes(content)
    with pytest.raises(SettingsError, match=r"^ACTIVITYLOG_DATA_DIR：.*secret_key.*空的或已损坏"):
        settings(tmp_path)


def test_a_key_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(SettingsError, match=r"^ACTIVITYLOG_DATA_DIR：.*无法读写"):
        settings(tmp_path)


def test_starts_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    starters = 8
    for start in range(40):
        file, together = tmp_path / str(start), Barrier(starters)

        def kept(_: int, file: Path = file, together: Barrier = together) -> str:
            together.wait()
            return _stored_secret(file)

        with ThreadPoolExecutor(starters) as pool:
            keys = set(pool.map(kept, range(starters)))
        assert keys == {file.read_text()}
        assert len(keys.pop()) >= 32
    assert len(list(tmp_path.iterdir())) == 40


def test_a_poster_typeface_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "type.otf").write_bytes(b"OTTO and more")
    (tmp_path / "type.txt").write_bytes(b"words")
    typeface = f"{tmp_path}/type.otf"
    assert settings(tmp_path, ACTIVITYLOG_POSTER_FONT=typeface).poster_font == typeface
    for name, said in (("type.txt", "不是字体文件"), ("none.otf", "无法读取")):
        with pytest.raises(SettingsError, match=rf"^ACTIVITYLOG_POSTER_FONT：.*{said}"):
            settings(tmp_path, ACTIVITYLOG_POSTER_FONT=f"{tmp_path}/{name}")


def test_ways_of_sending_are_read(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        ACTIVITYLOG_MAIL_URL="mailtos://u:p@smtp.x.cn:465?from=k@x.cn",
        ACTIVITYLOG_NOTICE_URLS="wecombot://a  feishu://b wecombot://a",
        ACTIVITYLOG_ROBOT_HOSTS="feishu=im.example.cn, wecom=w.example.cn:8443",
    )
    assert found.mail_url == "mailtos://u:p@smtp.x.cn:465?from=k@x.cn"
    assert found.notice_urls == ("wecombot://a", "feishu://b")
    assert found.robot_hosts == (("feishu", "im.example.cn"), ("wecom", "w.example.cn:8443"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MAIL_URL", "smtp.secret.cn", "mailtos://用户:密码@服务器"),
        ("NOTICE_URLS", "wecombot://a secret", "第 2 个不是地址"),
        ("ROBOT_HOSTS", "im.example.cn", "feishu=im.example.cn"),
        ("ROBOT_HOSTS", "feishu=127.0.0.1/x", "feishu=im.example.cn"),
    ],
)
def test_a_bad_way_of_sending_is_named_without_its_secret(
    tmp_path: Path, name: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        settings(tmp_path, **{f"ACTIVITYLOG_{name}": value})
    assert str(refusal.value).startswith(f"ACTIVITYLOG_{name}：")
    assert expected in str(refusal.value)
    assert "secret" not in str(refusal.value)


OPENID = {
    "ACTIVITYLOG_OIDC_ISSUER": "https://id.example/realms/office/",
    "ACTIVITYLOG_OIDC_CLIENT_ID": "activitylog",
}
WECOM = {
    "ACTIVITYLOG_WECOM_CORP_ID": "ww1",
    "ACTIVITYLOG_WECOM_AGENT_ID": "1000002",
    "ACTIVITYLOG_WECOM_SECRET": "hunter2",
}


def test_roles_are_given_by_groups_in_order(tmp_path: Path) -> None:
    roles = {
        "ACTIVITYLOG_OIDC_ROLES": "/kp/负责人=manager; cn=officers=officer ,",
        "ACTIVITYLOG_WECOM_ROLES": "tag:3=officer,2=organizer",
    }
    found = settings(tmp_path, **OPENID, **WECOM, **roles)
    assert found.oidc_issuer == "https://id.example/realms/office/"  # as the provider spells it
    assert (found.oidc_name, found.oidc_groups_claim) == ("统一身份认证", "groups")
    assert found.oidc_roles == (("/kp/负责人", "manager"), ("cn=officers", "officer"))
    assert found.wecom_roles == (("tag:3", "officer"), ("2", "organizer"))
    assert found.wecom_url == "https://qyapi.weixin.qq.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "http://id.example"),
        ("OIDC_ISSUER", "id.example"),
        ("OIDC_ISSUER", "http://[::1"),
        ("OIDC_CLIENT_ID", ""),
        ("OIDC_CLIENT_ID", "two words"),
        ("OIDC_NAME", "一个写不进按钮的很长的名字"),
        ("OIDC_ROLES", "kp-staff"),
        ("OIDC_ROLES", "kp-staff=boss"),
        ("OIDC_ROLES", "=admin"),
        ("WECOM_AGENT_ID", ""),
        ("WECOM_AGENT_ID", "agent"),
        ("WECOM_SECRET", ""),
        ("WECOM_ROLES", "办公室=officer"),
        ("WECOM_URL", "http://wecom.example"),
    ],
)
def test_a_bad_value_of_a_provider_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^ACTIVITYLOG_{name}：.*应为") as refusal:
        settings(tmp_path, **OPENID | WECOM | {f"ACTIVITYLOG_{name}": value})
    assert "hunter2" not in str(refusal.value)


def test_a_provider_on_this_machine_may_do_without_https(tmp_path: Path) -> None:
    here = {"ACTIVITYLOG_OIDC_ISSUER": "http://localhost:9400"}
    assert settings(tmp_path, **OPENID | here).oidc_issuer == "http://localhost:9400"


def test_data_that_an_older_version_let_everybody_read_are_made_private(tmp_path: Path) -> None:
    folder, names = tmp_path / "data", ("activitylog.db", "activitylog.db-wal", "activitylog.db-shm")
    folder.mkdir()
    folder.chmod(0o755)
    for name in names:
        (folder / name).touch(0o644)
    settings(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(folder / name).stat().st_mode & 0o777 for name in names} == {0o600}


def test_a_folder_everybody_may_write_in_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    settings(tmp_path)
    assert tmp_path.stat().st_mode & 0o7777 == 0o1777
