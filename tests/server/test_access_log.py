import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Response

from activitylog.server.access_log import FOLDER, line_of, logged, remove_old_logs

COMBINED = re.compile(r'\S+ - - \[[^\]]+\] "[^"]*" [0-9]{3} (?:[0-9]+|-) "[^"]*" "[^"]*"')


def line(path: str, **environ: Any) -> str:
    values = {"REMOTE_ADDR": "203.0.113.77"} | environ
    found = line_of(EnvironBuilder(path).get_environ() | values, "200", "12", "30/Nov/2026:03:00:00 +0000")
    assert COMBINED.fullmatch(found), found
    return found


def test_a_request_is_one_line_of_the_combined_format() -> None:
    assert line("/activities?year=2024", HTTP_USER_AGENT="Firefox") == (
        "203.0.113.77 - - [30/Nov/2026:03:00:00 +0000] "
        '"GET /activities?year=2024 HTTP/1.1" 200 12 "-" "Firefox"'
    )


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("/password/aSecretToken_1", "aSecretToken_1"),
        ("/calendar/aSecretToken_1.ics", "aSecretToken_1"),
        ("/s/poster12?k=aSecretToken_1", "aSecretToken_1"),
    ],
)
def test_secrets_are_masked_also_where_they_came_from(path: str, secret: str) -> None:
    assert secret not in line(path)
    assert secret not in line("/", HTTP_REFERER=f"https://office.example{path}")


def test_an_answer_leaves_no_address_and_a_page_of_a_survey_its_network_only() -> None:
    assert line("/s/poster12").startswith("203.0.113.0 ")
    assert line("/s/poster12", REMOTE_ADDR="2001:db8:1:2::7").startswith("2001:db8:1:: ")
    assert line("/s/poster12", REQUEST_METHOD="POST").startswith("- ")
    assert line("/login", REQUEST_METHOD="POST").startswith("203.0.113.77 ")


@pytest.mark.parametrize("text", ['a" 200 1 "x', "a\nb", "a\\", "\x1b[2J", "中文"])
def test_nothing_a_client_sends_ends_a_field_or_a_line(text: str) -> None:
    assert "\n" not in line(
        "/", HTTP_USER_AGENT=text, HTTP_REFERER=text, PATH_INFO=f"/{text}", QUERY_STRING=text
    )


def test_files_are_of_their_day_readable_by_the_owner_and_removed_after_half_a_year(tmp_path: Path) -> None:
    client = Client(logged(Response("ok"), "file", tmp_path))
    assert client.get("/one").status_code == client.get("/two").status_code == 200
    (file,) = (tmp_path / FOLDER).iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.split('"')[1] for each in file.read_text().splitlines()] == [
        "GET /one HTTP/1.1",
        "GET /two HTTP/1.1",
    ]
    (tmp_path / FOLDER / "2026-01-01.log").touch()
    (tmp_path / FOLDER / "2026-06-30.log").touch()
    remove_old_logs(tmp_path, datetime(2026, 7, 10, tzinfo=UTC), days=184)
    left = {each.name for each in (tmp_path / FOLDER).iterdir()}
    assert ("2026-01-01.log" in left, "2026-06-30.log" in left) == (False, True)


def test_the_log_may_be_off_or_go_to_standard_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = Response("ok")
    assert logged(answer, "off", tmp_path) is answer
    Client(logged(answer, "stdout", tmp_path)).get("/one")
    assert '"GET /one HTTP/1.1" 200 2' in capfd.readouterr().out
    assert not (tmp_path / FOLDER).exists()
