"""Pages of a project's weights: read by all who see the project, set by those who roll up."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.records import check_token, token_of
from activitylog.errors import BadInput, Refused
from activitylog.indicators.weights.forms import WeightForm, form_for, form_values
from activitylog.indicators.weights.operations import clear_weights, set_weights
from activitylog.indicators.weights.queries import Weights, weights_of
from activitylog.indicators.weights.rules import WHOLE, points
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_project

blueprint = Blueprint("weights", __name__)


@blueprint.get("/projects/<int:project_id>/weights")
@needs(Permission.READ)
def show(project_id: int) -> ResponseReturnValue:
    """Every row's weight and their sum, to be changed by those who may."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    return _page(project, _form(project))


@blueprint.post("/projects/<int:project_id>/weights")
@needs(Permission.ROLL_UP)
def save(project_id: int) -> ResponseReturnValue:
    """Set the weights of all rows at once."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    form = _form(project)
    if not _is_set(form, project):
        return _page(project, form), 422
    db.session.commit()
    flash("分值已保存。", "success")
    return redirect(url_for(".show", project_id=project_id))


@blueprint.post("/projects/<int:project_id>/weights/clear")
@needs(Permission.ROLL_UP)
def clear(project_id: int) -> ResponseReturnValue:
    """Go back to the defaults."""
    session = db.session()
    clear_weights(session, visible_project(session, signed_in_user(), project_id))
    session.commit()
    flash("已恢复默认分值。", "success")
    return redirect(url_for(".show", project_id=project_id))


def _weights(project: Project) -> Weights:
    return weights_of(db.session(), [project.id])[project.id]


def _weights_token(weights: Weights) -> str:
    return token_of(weights.is_by_hand, *form_values(weights).items())


def _form(project: Project) -> WeightForm:
    weights = _weights(project)
    return form_for(project.indicators, form_values(weights) | {"seen": _weights_token(weights)})


def _is_set(form: WeightForm, project: Project) -> bool:
    """Whether the form was valid and its weights stored; errors are added to the form."""
    if not form.validate():
        return False
    weights = _weights(project)
    try:
        shown = "、".join(points(each) for each in form_values(weights).values())
        check_token(_weights_token(weights), form.seen.data or "", current=shown)
        set_weights(db.session(), project, execution=form.of_execution, by_indicator=form.by_indicator)
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse_save(refusal, token=_weights_token(weights))
        return False
    return True


def _page(project: Project, form: WeightForm) -> str:
    return render_template(
        "projects/weights.html",
        project=project,
        shown_year=project.year,
        form=form,
        weights=_weights(project),
        total=form.total,
        is_whole=form.total == WHOLE,
    )
