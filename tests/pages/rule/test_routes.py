"""Rules in the browser: read by all, changed and confirmed by those who may."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.indicators.models import Rule
from activitylog.projects.models import Indicator
from tests.rollup.cast import Cast, july_cast

cast = july_cast


def rule_of(session: Session, indicator: Indicator) -> Rule:
    session.rollback()
    session.expire_all()
    return session.get_one(Rule, indicator.id)


def sent(cast: Cast, indicator: Indicator, **changes: Any) -> dict[str, Any]:
    page = cast.manager.get(f"/indicators/{indicator.id}/rule").text
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert seen
    return {"measure": "people_reached", "milestone_kind": "", "seen": seen[1]} | changes


def edit(cast: Cast, indicator: Indicator, **changes: Any) -> Any:
    return cast.manager.post(f"/indicators/{indicator.id}/rule", data=sent(cast, indicator, **changes))


def previewed(cast: Cast, indicator: Indicator, status: int = 200, **changes: Any) -> str:
    address = f"/indicators/{indicator.id}/rule/preview"
    answer = cast.manager.post(address, data=sent(cast, indicator, **changes))
    assert answer.status_code == status
    found = re.search(r'id="preview"[^>]*>(.*?)</div>', answer.text, re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def test_the_figure_of_a_new_rule_is_shown_before_it_is_saved(cast: Cast, session: Session) -> None:
    end, missed = "按这样的规则，到2024年6月底：", "还没有达到目标 ≥5,000 人"
    now = "（现在入账 540 人，9 条记录）。还没有保存。"
    page = cast.manager.get(f"/indicators/{cast.people.id}/rule").text
    assert '到2024年6月底，现在入账：<span class="strong">540 人，9 条记录</span>' in page
    assert previewed(cast, cast.people) == f"{end}540 人，9 条记录，{missed}{now}"
    other = previewed(cast, cast.people, new_kinds="科普讲座")
    assert other == f"{end}0 人，0 条记录，{missed}{now}"
    counted = previewed(cast, cast.people, measure="activities_held")
    assert counted.startswith(f"{end}9 人，9 条记录，")
    assert rule_of(session, cast.people).measure == "people_reached"
    assert rule_of(session, cast.people).confirmed_at is None


def test_a_rule_that_cannot_be_saved_has_no_preview(cast: Cast) -> None:
    assert "改正上面的错误以后" in previewed(cast, cast.people, 422, measure="nothing")


def test_only_who_may_edit_rules_may_preview_them(cast: Cast) -> None:
    address = f"/indicators/{cast.people.id}/rule/preview"
    assert cast.organizer.post(address).status_code == 403
    assert cast.auditor.post(address).status_code == 403


def test_filters_that_the_measure_does_not_take_are_hidden(cast: Cast) -> None:
    page = cast.manager.get(f"/indicators/{cast.people.id}/rule").text
    assert '<div class="field-part" data-filter="kinds">' in page
    assert '<div class="field-part" data-filter="includes_online">' in page
    for name in ("expense_kinds", "milestone_kind", "other_milestone_kind", "includes_reposts"):
        assert f'<div class="field-part" data-filter="{name}" hidden>' in page


def test_who_sets_a_rule_to_manual_is_led_to_the_entries(cast: Cast) -> None:
    answer = edit(cast, cast.people, measure="manual")
    assert answer.location == f"/indicators/{cast.people.id}/entries"
    page = cast.manager.get(answer.location).text
    assert "这个指标由人填报。现在就可以在下面填" in page
    assert "填报一条" in page
    assert "这里的填报不计入" not in page
    indicator = cast.manager.get(f"/indicators/{cast.people.id}").text
    assert f'href="/indicators/{cast.people.id}/entries"' in indicator


def test_a_manager_changes_how_an_indicator_is_counted(cast: Cast, session: Session) -> None:
    answer = edit(
        cast,
        cast.people,
        kinds=["下乡服务"],
        new_kinds="云课堂、夏令营",
        venue_kinds=["村居"],
        includes_online="y",
    )
    assert answer.location == f"/indicators/{cast.people.id}"
    rule = rule_of(session, cast.people)
    assert [kind.name for kind in rule.kinds] == ["下乡服务", "云课堂", "夏令营"]
    assert [row.venue_kind for row in rule.venue_kinds] == ["村居"]
    assert rule.includes_online
    assert rule.confirmed_at
    page = cast.auditor.get(f"/indicators/{cast.people.id}").text
    assert "只计类型为“下乡服务”或“云课堂”或“夏令营”的活动" in page
    assert "现场人数加线上人数" in page


def test_a_rule_is_limited_to_forms_districts_expenses_and_an_audience_group(
    cast: Cast, session: Session
) -> None:
    edit(cast, cast.people, forms=["讲座"], districts=["310115", "999999"], audience_group="青少年")
    rule = rule_of(session, cast.people)
    assert ([row.form for row in rule.forms], rule.limits_forms) == (["讲座"], True)
    assert ([row.district for row in rule.districts], rule.limits_districts) == (["310115"], True)
    assert rule.audience_group == "青少年"
    edit(cast, cast.people, measure="total_cost", expense_kinds=["劳务费"], audience_group="青少年")
    rule = rule_of(session, cast.people)
    assert ([row.expense_kind for row in rule.expense_kinds], rule.audience_group) == (["劳务费"], None)
    assert (rule.limits_expenses, rule.limits_forms, rule.forms) == (True, False, [])


def test_options_the_measure_cannot_take_are_left_out(cast: Cast, session: Session) -> None:
    edit(
        cast,
        cast.people,
        measure="milestones_done",
        kinds=["下乡服务"],
        milestone_kind="制度",
        includes_online="y",
        includes_reposts="y",
        tolerance="0.5",
    )
    rule = rule_of(session, cast.people)
    assert (rule.measure, rule.milestone_kind) == ("milestones_done", "制度")
    assert (rule.kinds, rule.includes_online, rule.includes_reposts, rule.tolerance) == ([], False, False, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"measure": ""}, "请选择计量方式。"),
        ({"measure": "guess"}, "请选择计量方式。"),
        ({"measure": "judged"}, "请选择计量方式。"),
        ({"new_kinds": "长" * 61}, "最多 60 个字"),
        ({"measure": "milestones_done", "milestone_kind": "长" * 41}, "里程碑类别最多 40 个字"),
        ({"tolerance": "很少"}, "容差应为不小于 0 的数"),
        ({"tolerance": "-1"}, "容差应为不小于 0 的数"),
        ({"tolerance": "1E-99999"}, "容差应为不小于 0 的数"),
        ({"tolerance": "NaN"}, "容差应为不小于 0 的数"),
        ({"seen": "before"}, "别人改过这条记录，现在是：受众人数，只计现场人数"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    cast: Cast, session: Session, changes: dict[str, Any], sentence: str
) -> None:
    answer = edit(cast, cast.people, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert rule_of(session, cast.people).confirmed_at is None


def test_a_judged_indicator_may_go_without_a_figure(cast: Cast, session: Session) -> None:
    assert edit(cast, cast.punctual, measure="judged").status_code == 302
    assert rule_of(session, cast.punctual).measure is None


def test_rules_are_changed_by_those_who_may(cast: Cast) -> None:
    address = f"/indicators/{cast.people.id}/rule"
    for client in (cast.organizer, cast.auditor, cast.stranger):
        assert client.get(address).status_code == 403
        assert client.post(address, data={"measure": "pushes"}).status_code == 403
    assert cast.manager.get("/indicators/999999/rule").status_code == 404


def test_all_rules_of_a_project_are_listed_in_words(cast: Cast) -> None:
    address = f"/projects/{cast.project.id}/rules"
    page = cast.organizer.get(address).text
    assert "有 3 条规则待确认。" in page
    assert "全部确认" not in page
    assert "活动场次</span>：已审核的活动，按举办日期。只计类型为“下乡服务”的活动。" in page
    assert "全部确认" in cast.officer.get(address).text
    assert cast.stranger.get(address).status_code == 404


def hidden(page: str) -> list[tuple[str, str]]:
    return re.findall(r'name="(rule-\d+)" value="(\w+)"', page)


def test_rules_are_confirmed_one_by_one_and_together(cast: Cast, session: Session) -> None:
    address = f"/projects/{cast.project.id}/rules"
    fields = dict(hidden(cast.officer.get(address).text))
    assert len(fields) == 3
    one = f"rule-{cast.people.id}"
    cast.officer.post(f"{address}/confirm", data={one: fields[one]})
    assert rule_of(session, cast.people).confirmed_at
    assert rule_of(session, cast.punctual).confirmed_at is None
    answer = cast.officer.post(f"{address}/confirm", data=fields, follow_redirects=True)
    assert "已确认 2 条规则。" in answer.text
    assert "待确认" not in answer.text
    again = cast.officer.post(f"{address}/confirm", data=fields, follow_redirects=True)
    assert "这些规则已经确认过了。" in again.text


def test_a_rule_changed_since_the_page_was_made_is_not_confirmed_unseen(cast: Cast, session: Session) -> None:
    address = f"/projects/{cast.project.id}/rules"
    fields = dict(hidden(cast.officer.get(address).text))
    rule_of(session, cast.people).includes_online = True
    session.commit()
    answer = cast.officer.post(f"{address}/confirm", data=fields)
    assert answer.status_code == 409
    assert "有规则被人改过" in answer.text
    assert rule_of(session, cast.punctual).confirmed_at is None


def test_rules_are_confirmed_by_those_who_may(cast: Cast) -> None:
    address = f"/projects/{cast.project.id}/rules/confirm"
    for client in (cast.organizer, cast.auditor, cast.stranger):
        assert client.post(address).status_code == 403


def test_a_typed_kind_is_the_one_there_is_in_every_spelling(cast: Cast, session: Session) -> None:
    indicator = cast.people
    assert edit(cast, indicator, new_kinds="资源配送\u200b、VR 体验").status_code == 302
    assert edit(cast, indicator, new_kinds="资源 配送；ｖｒ体验").status_code == 302
    assert {kind.name for kind in rule_of(session, indicator).kinds} == {"资源配送", "VR体验"}


def test_proposals_are_made_again_on_request_and_adopted_one_by_one(cast: Cast, session: Session) -> None:
    edit(cast, cast.people, measure="activities_held")
    page = cast.manager.get(f"/projects/{cast.people.project_id}/rules").text
    assert "新拟：" not in page
    page = cast.manager.get(f"/projects/{cast.people.project_id}/rules?proposals=1").text
    assert "新拟：受众人数，现场人数加线上人数。" in page
    token = re.search(rf'name="proposal-{cast.people.id}" value="(\w+)"', page)
    assert token
    address = f"/projects/{cast.people.project_id}/rules/proposals"
    assert cast.auditor.post(address, data={f"proposal-{cast.people.id}": token[1]}).status_code == 403
    cast.manager.post(address, data={f"proposal-{cast.people.id}": token[1]})
    rule = rule_of(session, cast.people)
    assert rule.measure == "people_reached"
    assert rule.confirmed_at


def test_a_proposal_is_not_adopted_after_somebody_changed_the_rule(cast: Cast, session: Session) -> None:
    edit(cast, cast.people, measure="activities_held")
    page = cast.manager.get(f"/projects/{cast.people.project_id}/rules?proposals=1").text
    token = re.search(rf'name="proposal-{cast.people.id}" value="(\w+)"', page)
    assert token
    edit(cast, cast.people, measure="districts_covered")
    address = f"/projects/{cast.people.project_id}/rules/proposals"
    answer = cast.manager.post(address, data={f"proposal-{cast.people.id}": token[1]})
    assert answer.status_code == 409
    assert rule_of(session, cast.people).measure == "districts_covered"
