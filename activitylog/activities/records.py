"""Where a record that may hang on an activity is kept."""

from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.errors import BadInput
from activitylog.projects.models import Project
from activitylog.projects.queries import project_of


def project_for(session: Session, project_id: int, activity_id: int | None) -> Project:
    """The record's project; an activity of another project is refused."""
    project = project_of(session, project_id)
    if activity_id is not None:
        activity = session.get(Activity, activity_id)
        if activity is None or activity.project_id != project_id:
            raise BadInput(f"这场活动不属于项目“{project.name}”，请核对活动编号。", field="activity")
    return project
