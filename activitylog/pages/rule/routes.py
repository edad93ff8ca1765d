"""Pages of a project's rules: read, changed and confirmed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.core.records import check_token, token_of
from activitylog.errors import BadInput, Refused, StaleVersion
from activitylog.expenses.queries import kinds_used as expense_kinds_used
from activitylog.indicators.counted_words import offered_kinds
from activitylog.indicators.manual.operations import is_manual
from activitylog.indicators.measures import measures_by
from activitylog.indicators.queries import visible_indicator
from activitylog.indicators.rules.forms import RuleForm, written
from activitylog.indicators.rules.operations import (
    confirm_rules,
    details_of,
    proposals_now,
    rules_of,
    set_rule,
)
from activitylog.indicators.rules.rules import applicable_rule
from activitylog.milestones.queries import kinds_used
from activitylog.pages.rule.page import UNSET, rule_line, rule_page, rule_text, stored_rule
from activitylog.projects.models import Indicator
from activitylog.projects.queries import visible_project
from activitylog.surveys.years.queries import satisfaction_method
from activitylog.web.requests import works_first

blueprint = Blueprint("rules", __name__)


@blueprint.get("/projects/<int:project_id>/rules")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """Every rule of a project, the unconfirmed ones marked; on request beside what is proposed today."""
    session = db.session()
    project = visible_project(session, signed_in_user(), project_id)
    rules, is_proposing = rules_of(session, [project.id]), "proposals" in request.args
    proposals = proposals_now(session, project) if is_proposing else {}
    lines = [rule_line(each, rules.get(each.id), proposals.get(each.id)) for each in project.indicators]
    waiting, is_narrowed = [line for line in lines if not line.is_confirmed], "unconfirmed" in request.args
    return render_template(
        "rules/list.html",
        project=project,
        shown_year=project.year,
        lines=waiting if is_narrowed else lines,
        waiting=waiting,
        is_proposing=is_proposing,
        is_narrowed=is_narrowed,
    )


@blueprint.post("/projects/<int:project_id>/rules/proposals")
@needs(Permission.EDIT_RULES)
def adopt(project_id: int) -> ResponseReturnValue:
    """Store and confirm proposals of the page; refuse one whose rule or proposal changed since."""
    session, by = db.session(), signed_in_user()
    project = visible_project(session, by, project_id)
    rules, proposals = rules_of(session, [project.id]), proposals_now(session, project)
    adopted = [each for each in project.indicators if f"proposal-{each.id}" in request.form]
    for indicator in adopted:
        details, rule = proposals.get(indicator.id), rules.get(indicator.id)
        now = token_of(details_of(rule) if rule else UNSET, details)
        if details is None or now != request.form[f"proposal-{indicator.id}"]:
            raise StaleVersion("您打开这一页以后，规则或活动类型有人改过。请返回刷新，重新看过再采用。")
        set_rule(session, indicator, details, by=by, now=utc_now())
    session.commit()
    flash(f"已采用 {len(adopted)} 条新拟的规则，下次汇总起按新规则计数。", "success")
    return redirect(url_for(".of_project", project_id=project_id, _anchor="main"))


@blueprint.post("/projects/<int:project_id>/rules/confirm")
@needs(Permission.EDIT_RULES)
def confirm(project_id: int) -> ResponseReturnValue:
    """Confirm the proposed rules listed on the page; refuse one changed since."""
    session = db.session()
    project = visible_project(session, signed_in_user(), project_id)
    rules = rules_of(session, [project.id])
    tokens = {rule_id: request.form.get(f"rule-{rule_id}") for rule_id in rules}
    agreed = [rule for rule in rules.values() if tokens[rule.indicator_id] and rule.confirmed_at is None]
    for rule in agreed:
        if token_of(details_of(rule)) != tokens[rule.indicator_id]:
            raise StaleVersion("您打开这一页以后，有规则被人改过。请返回刷新，重新看过再确认。")
    confirm_rules(agreed, by=signed_in_user(), now=utc_now())
    session.commit()
    flash(f"已确认 {len(agreed)} 条规则。" if agreed else "这些规则已经确认过了。", "success")
    return redirect(url_for(".of_project", project_id=project_id, _anchor="main"))


@blueprint.route("/indicators/<int:indicator_id>/rule", methods=["GET", "POST"])
@needs(Permission.EDIT_RULES)
def edit(indicator_id: int) -> ResponseReturnValue:
    """Choose how one indicator is counted."""
    session = db.session()
    indicator = visible_indicator(session, signed_in_user(), indicator_id)
    form = _form(indicator)
    if not _is_set(form, indicator):
        return _page(indicator, form), 422 if form.is_submitted() else 200
    session.commit()
    if is_manual(session, indicator):
        flash("规则已保存并确认：这个指标由人填报。现在就可以在下面填，下次汇总起计入。", "success")
        return redirect(url_for("manual.of_indicator", indicator_id=indicator_id))
    flash("规则已保存并确认，下次汇总起按新规则计数。", "success")
    return redirect(url_for("indicators.show", indicator_id=indicator_id))


@blueprint.post("/indicators/<int:indicator_id>/rule/preview")
@needs(Permission.EDIT_RULES)
@works_first
def preview(indicator_id: int) -> ResponseReturnValue:
    """The form as filled in, with the figure its rule would give; nothing is stored."""
    indicator = visible_indicator(db.session(), signed_in_user(), indicator_id)
    form = _form(indicator)
    status = 200 if form.validate() else 422
    return _page(indicator, form), status


def _page(indicator: Indicator, form: RuleForm) -> str:
    page = rule_page(db.session(), indicator, form, today=business_day(utc_now()))
    return render_template("rules/edit.html", page=page)


def _form(indicator: Indicator) -> RuleForm:
    session, details = db.session(), stored_rule(db.session(), indicator)
    form = RuleForm(data=written(details) | {"seen": token_of(details)})
    form.offer(
        measures=measures_by(satisfaction_method(session, indicator.project.year)),
        is_judged=indicator.is_qualitative,
        kinds=dict.fromkeys((*offered_kinds(session), *details.kinds)),
        venue_kinds=details.venue_kinds,
        forms=details.forms,
        expense_kinds=[*expense_kinds_used(session), *details.expense_kinds],
        milestone_kinds=kinds_used(session),
    )
    return form


def _is_set(form: RuleForm, indicator: Indicator) -> bool:
    """Whether the form was valid and its rule stored; errors are added to the form."""
    if not form.validate_on_submit():
        return False
    stored = stored_rule(db.session(), indicator)
    try:
        check_token(token_of(stored), form.seen.data or "", current=rule_text(stored, indicator))
        details = applicable_rule(form.details, operator=indicator.operator)
        set_rule(db.session(), indicator, details, by=signed_in_user(), now=utc_now())
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse_save(refusal, token=token_of(stored))
        return False
    return True
