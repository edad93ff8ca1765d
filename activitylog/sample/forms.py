"""The form that removes the sample."""

from activitylog.web.forms import BaseForm, ConfirmField


class RemovalForm(BaseForm):
    """Whether what people recorded in the sample's projects goes along; asked once there is some."""

    with_own = ConfirmField("连同后来登记的一起删")
