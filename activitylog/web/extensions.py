"""The Flask extensions of the pages besides the database: signing in, and tokens against forged forms."""

from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect

login = LoginManager()
csrf = CSRFProtect()
