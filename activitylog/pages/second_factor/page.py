"""What the pages of the second factor show."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activitylog.accounts.kept_forms import KeptForm
from activitylog.accounts.second_factors.rules import app_address, spaced_code, spaced_secret
from activitylog.pages.second_factor.forms import TurnOnForm
from activitylog.surveys.access.rules import qr_image


@dataclass(frozen=True, slots=True)
class TurnOnPage:
    """The secret to be scanned or typed; `is_needed` where the role cannot do without."""

    form: TurnOnForm
    name: str
    issuer: str
    secret: str
    is_needed: bool
    kept: KeptForm | None

    @property
    def address(self) -> str:
        return app_address(self.secret, name=self.name, issuer=self.issuer)

    @property
    def picture(self) -> str:
        return "data:image/png;base64," + b64encode(qr_image(self.address)).decode()

    @property
    def typed(self) -> str:
        return spaced_secret(self.secret)


@dataclass(frozen=True, slots=True)
class SecondFactorPage:
    """A second factor that is on."""

    since: datetime
    recovery_codes_left: int
    is_needed: bool


@dataclass(frozen=True, slots=True)
class RecoveryCodesPage:
    """New recovery codes, shown once; `is_new` right after turning on, with the form that waited for it."""

    codes: Sequence[str]
    name: str
    issuer: str
    is_new: bool
    kept: KeptForm | None = None

    @property
    def spaced(self) -> Sequence[str]:
        return [spaced_code(code) for code in self.codes]

    @property
    def text(self) -> str:
        """The codes as a file or a note holds them."""
        return "\n".join((f"{self.issuer} {self.name} 的恢复码，每个只能用一次：", *self.spaced, ""))

    @property
    def file(self) -> str:
        """The address of that file, which holds it itself: nothing is left on the server."""
        return "data:text/plain;charset=utf-8;base64," + b64encode(self.text.encode()).decode()
