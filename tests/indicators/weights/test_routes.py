"""The page of a project's weights: seen by all of the project, set by the office."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.indicators.weights.queries import Weights, weights_of
from tests.pages.project.test_routes import text_of
from tests.rollup.cast import Cast, july_cast

cast = july_cast


def page_of(cast: Cast) -> str:
    return f"/projects/{cast.project.id}/weights"


def fields_on(client: FlaskClient, address: str) -> dict[str, str]:
    page = client.get(address).text
    return dict(re.findall(r'name="(seen|execution|weight_\d+)"[^>]*value="([^"]*)"', page))


def save(cast: Cast, **changes: Any) -> Any:
    """The page's form with some fields changed; the first two rows are `first` and `second`."""
    fields = fields_on(cast.officer, page_of(cast))
    rows = [name for name in fields if name.startswith("weight_")]
    named = {"first": rows[0], "second": rows[1]}
    return cast.officer.post(
        page_of(cast), data=fields | {named.get(name, name): value for name, value in changes.items()}
    )


def stored(cast: Cast, session: Session) -> Weights:
    session.rollback()
    session.expire_all()
    return weights_of(session, [cast.project.id])[cast.project.id]


def test_the_page_shows_the_defaults_and_their_sum(cast: Cast) -> None:
    fields = fields_on(cast.officer, page_of(cast))
    assert (fields["execution"], len(fields)) == ("10.00", 12)
    assert set(fields.values()) - {"10.00", fields["seen"]} == {"9.00"}
    page = text_of(cast.officer, page_of(cast))
    assert "现在是默认分值" in page
    assert "合计 100.00 分" in page
    assert "恢复默认分值" not in page


def test_those_who_only_look_see_the_weights_without_a_form(cast: Cast) -> None:
    for client in (cast.manager, cast.auditor, cast.organizer):
        page = client.get(page_of(cast))
        assert (page.status_code, "weight_" in page.text) == (200, False)
        assert "下乡服务完成次数 9.00 分" in text_of(client, page_of(cast))


def test_weights_are_saved_shown_and_given_back(cast: Cast, session: Session) -> None:
    assert save(cast, first="１２.5", second="5.50").location == page_of(cast)
    weights = stored(cast, session)
    assert weights.is_by_hand
    assert weights.by_indicator[cast.held.id].as_tuple() == (0, (1, 2, 5, 0), -2)
    assert "现在的分值由人设定" in text_of(cast.auditor, page_of(cast))
    assert "下乡服务完成次数 12.50 分" in text_of(cast.auditor, f"/projects/{cast.project.id}")
    assert "分值 12.50 分" in text_of(cast.organizer, cast.page)
    assert "恢复默认分值" in text_of(cast.officer, page_of(cast))
    assert cast.officer.post(f"{page_of(cast)}/clear").location == page_of(cast)
    assert not stored(cast, session).is_by_hand


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first": "9.01"}, "各项分值连同执行率合计 100.01 分，应正好是 100.00 分，多出 0.01 分。"),
        ({"execution": "9"}, "合计 99.00 分，应正好是 100.00 分，还差 1.00 分。"),
        ({"first": ""}, "请填写“下乡服务完成次数”的分值。"),
        ({"first": "-9"}, "下乡服务完成次数应为不小于 0 的数"),
        ({"first": "9.005", "second": "8.995"}, "“下乡服务完成次数”的分值最多写两位小数"),
        ({"first": "1E9"}, "下乡服务完成次数应为不小于 0 的数"),
        ({"first": "101"}, "“下乡服务完成次数”的分值不能超过 100.00 分"),
        ({"seen": "before"}, "别人改过这条记录"),
    ],
)
def test_weights_that_cannot_be_are_refused(
    cast: Cast, session: Session, changes: dict[str, str], sentence: str
) -> None:
    answer = save(cast, **changes)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert not stored(cast, session).is_by_hand


def test_a_refused_page_keeps_what_was_typed_and_its_sum(cast: Cast) -> None:
    answer = save(cast, first="20")
    assert 'value="20"' in answer.text
    assert "<b data-sum>111.00</b>" in answer.text


def test_weights_are_set_by_those_who_may_roll_up(cast: Cast, session: Session) -> None:
    for client in (cast.manager, cast.organizer, cast.auditor, cast.stranger):
        assert client.post(page_of(cast), data={}).status_code == 403
        assert client.post(f"{page_of(cast)}/clear").status_code == 403
    assert cast.stranger.get(page_of(cast)).status_code == 404
    for address in ("/projects/999999/weights", "/projects/999999/weights/clear"):
        assert cast.officer.post(address, data={}).status_code == 404
    assert not stored(cast, session).is_by_hand


def test_a_project_without_indicators_says_so(cast: Cast, session: Session) -> None:
    for row in list(cast.umbrella.indicators):
        session.delete(row)
    session.commit()
    page = text_of(cast.officer, f"/projects/{cast.umbrella.id}/weights")
    assert "本项目的申报表没有三级指标" in page
