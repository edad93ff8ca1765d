from datetime import time

import pytest
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.errors import Missing
from activitylog.surveys.access import queries
from tests.factories.projects import make_project
from tests.factories.surveys import make_surveyed_activity

ADDRESS = "https://log.example.cn"


def test_links_carry_address_and_window_in_shanghai_time(session: Session) -> None:
    activity = make_surveyed_activity(session, number="2024-0007", title="天文课堂")
    assert queries.survey_links(session, public_url=ADDRESS) == [
        queries.SurveyLink(
            activity="2024-0007",
            title="天文课堂",
            address=f"{ADDRESS}/s/{activity.survey_token}",
            opens_at="2024-06-11T23:30:00+08:00",
            closes_at="2024-06-15T00:00:00+08:00",
        )
    ]


def test_a_link_opens_half_an_hour_before_a_known_start(session: Session) -> None:
    make_surveyed_activity(session, start_time=time(14))
    (link,) = queries.survey_links(session, public_url=ADDRESS)
    assert (link["opens_at"], link["closes_at"]) == (
        "2024-06-12T13:30:00+08:00",
        "2024-06-15T00:00:00+08:00",
    )


def test_links_of_an_umbrella_are_those_of_its_children(session: Session) -> None:
    umbrella = make_project(session, name="基层科普服务")
    child = make_project(session, name="科普资源配送", parent=umbrella)
    other = make_project(session, name="大型科普活动")
    make_surveyed_activity(session, project=child, number="2024-0001")
    make_surveyed_activity(session, project=other, number="2024-0002", status=Status.WITHDRAWN)

    def numbers(project: str | None) -> list[str]:
        links = queries.survey_links(session, public_url=ADDRESS, project=project)
        return [link["activity"] for link in links]

    assert numbers(None) == ["2024-0001", "2024-0002"]
    assert numbers("基层科普服务") == numbers("科普资源配送") == ["2024-0001"]
    assert numbers("大型科普活动") == ["2024-0002"]
    with pytest.raises(Missing, match="没有名为“天文”的项目"):
        numbers("天文")
