"""The attendees' pages: rendered and compressed once for all who ask for the same."""

import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType

from jinja2 import Environment

from activitylog.surveys import rules
from activitylog.surveys.forms import Submission
from activitylog.surveys.packed import Page, page
from activitylog.web.headers import policy

NO_NONCE = "00000000-0000-0000-0000-000000000000"  # where a page's nonce goes
NOTHING: Mapping[str, str] = MappingProxyType({})
KEPT_PAGES = 256  # of each sort; one of the questionnaire takes 20 KB


@dataclass(frozen=True, slots=True)
class Notice:
    """A page with nothing to fill in; the tone `done` smiles."""

    heading: str
    sentence: str
    tone: str = "info"


CLOSED = "现在不能填写"
THANKS = Notice("谢谢您！", "您的评价已收到，可以关闭本页了。", tone="done")
ANSWERED = Notice("您已提交过", "这台手机已经为本场活动提交过问卷，每台手机只计一次。谢谢您！", tone="done")
UNKNOWN = Notice("没有找到这份问卷", "链接可能不完整。请重新扫一次现场的二维码，或询问工作人员。")
MISUSED = Notice("不能这样打开", "这个地址只用来填写问卷。请重新扫一次现场的二维码。")
TOO_LONG = Notice(
    "内容太长", f"您的回答还没有存下。请返回上一页，把建议缩短到 {rules.LONGEST_TEXT} 字以内再提交。"
)
BUSY = Notice(
    "请稍等", "现在提交的人很多，您的回答还没有存下。请返回上一页，过一会儿再点一次提交，不会重复计算。"
)
FAILED = Notice("没有存下", "系统出了一点问题，您的回答还没有存下。请返回上一页再点一次提交，不会重复计算。")


@dataclass(frozen=True, slots=True)
class Filled:
    """A page with what goes into its gap for one person."""

    page: Page
    filling: bytes = b""

    def body(self, *, gzipped: bool) -> bytes:
        return self.page.gzipped(self.filling) if gzipped else self.page.plain(self.filling)


class Pages:
    """What attendees may be shown, out of the house's templates."""

    def __init__(self, templates: Environment) -> None:
        self._templates = templates
        self.headers = self._security()
        self._questions_of = lru_cache(KEPT_PAGES)(self._questions)
        self._notice_under = lru_cache(KEPT_PAGES)(self._notice)

    def questions(self, title: str) -> Filled:
        """The questionnaire, with a nonce of its own."""
        return Filled(self._questions_of(title), str(uuid.uuid4()).encode())

    def correction(self, title: str, submission: Submission) -> Filled:
        """The questionnaire as it was filled in, with what is wrong beside it."""
        filled_in = self._render(title, submission.nonce, submission.values, submission.errors)
        return Filled(page(filled_in))

    def notice(self, notice: Notice, title: str | None = None) -> Filled:
        """A notice under the activity's title, when it is known."""
        return Filled(self._notice_under(notice, title))

    def _questions(self, title: str) -> Page:
        return page(self._render(title, NO_NONCE), gap=NO_NONCE)

    def _notice(self, notice: Notice, title: str | None) -> Page:
        return page(self._templates.get_template("surveys/notice.html").render(notice=notice, title=title))

    def _render(
        self,
        title: str,
        nonce: str,
        values: Mapping[str, str] = NOTHING,
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        first, *others = rules.DEFAULT_QUESTIONNAIRE.questions
        return self._templates.get_template("surveys/questions.html").render(
            title=title,
            first=first,
            others=others,
            nonce=nonce,
            values=values,
            errors=errors,
            is_unfolded=any(question.key in errors or values.get(question.key) for question in others),
            longest_text=rules.LONGEST_TEXT,
        )

    def _security(self) -> Mapping[str, str]:
        """Nothing may load but the pages' own style, known by its digest."""
        style = self._templates.get_template("layouts/survey.css").render()
        digest = b64encode(sha256(style.encode()).digest()).decode()
        return policy(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")
