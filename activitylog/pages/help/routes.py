"""Help for whoever is signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.pages.help.page import help_page

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@needs(Permission.SIGN_IN)
def show() -> ResponseReturnValue:
    """What the person does, and where."""
    return render_template("help/index.html", page=help_page(signed_in_user()))
