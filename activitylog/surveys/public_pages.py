"""The attendees' pages: rendered and compressed once for all who ask for the same."""

import secrets
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from jinja2 import Environment

from activitylog.surveys import bilingual
from activitylog.surveys.bilingual import Bilingual
from activitylog.surveys.forms import Fields, Submission
from activitylog.surveys.packed import Page, page
from activitylog.surveys.questions import LONGEST_TEXT, TYPES, Audience, Questionnaire
from activitylog.web.headers import policy

NO_NONCE = "00000000-0000-0000-0000-000000000000"  # where a page's nonce goes
NOTHING: Mapping[str, Any] = MappingProxyType({})
KEPT_PAGES = 256  # of each sort; one of the questionnaire takes 20 KB


@dataclass(frozen=True, slots=True)
class Notice:
    """A page with nothing to fill in; the tone `done` smiles."""

    heading: Bilingual
    sentence: Bilingual
    tone: str = "info"


CLOSED = Bilingual("现在不能填写", "Not open now")
THANKS = Notice(
    Bilingual("谢谢您！", "Thank you!"),
    Bilingual("您的评价已收到，可以关闭本页了。", "We have your answers. You may close this page."),
    tone="done",
)
ANSWERED = Notice(
    Bilingual("您已提交过", "Already answered"),
    Bilingual(
        "这台手机已经为本场活动提交过问卷，每台手机只计一次。谢谢您！",
        "This phone has answered for this activity before; each phone counts once. Thank you!",
    ),
    tone="done",
)
UNKNOWN = Notice(
    Bilingual("没有找到这份问卷", "No such survey"),
    Bilingual(
        "链接可能不完整。请重新扫一次现场的二维码，或询问工作人员。",
        "The link may be incomplete. Please scan the code (二维码) on site again, or ask the staff.",
    ),
)
MISUSED = Notice(
    Bilingual("不能这样打开", "Not this way"),
    Bilingual(
        "这个地址只用来填写问卷。请重新扫一次现场的二维码。",
        "This address is for filling in the survey. Please scan the code (二维码) on site again.",
    ),
)
TOO_LONG = Notice(
    Bilingual("内容太长", "Too long"),
    Bilingual(
        f"您的回答还没有存下。请返回上一页，把建议缩短到 {LONGEST_TEXT} 字以内再提交。",
        "Your answers are not stored yet. Please go back, shorten your suggestions to"
        f" {LONGEST_TEXT} characters and submit again.",
    ),
)
BUSY = Notice(
    Bilingual("请稍等", "One moment, please"),
    Bilingual(
        "现在提交的人很多，您的回答还没有存下。请返回上一页，过一会儿再点一次提交，不会重复计算。",
        "Many people are answering, and your answers are not stored yet. Please go back and submit again"
        " in a moment; it will not count twice.",
    ),
)
FAILED = Notice(
    Bilingual("没有存下", "Not stored"),
    Bilingual(
        "系统出了一点问题，您的回答还没有存下。请返回上一页再点一次提交，不会重复计算。",
        "Something went wrong on our side, and your answers are not stored yet. Please go back and submit"
        " again; it will not count twice.",
    ),
)


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
        bilingual.register(templates)
        self._templates = templates
        self.headers = self._security()
        self._questions_of = lru_cache(KEPT_PAGES)(self._questions)
        self._notice_under = lru_cache(KEPT_PAGES)(self._notice)

    def questions(self, title: str, language: str, questionnaire: Questionnaire) -> Filled:
        """The questionnaire, with a nonce of its own."""
        return Filled(self._questions_of(title, language, questionnaire), new_nonce().encode())

    def correction(self, title: str, language: str, submission: Submission) -> Filled:
        """The questionnaire as it was filled in, with what is wrong beside it."""
        filled_in = self._render(
            title,
            language,
            submission.questionnaire,
            nonce=submission.nonce,
            values=submission.values,
            errors=submission.errors,
        )
        return Filled(page(filled_in))

    def notice(self, notice: Notice, language: str, title: str | None = None) -> Filled:
        """A notice under the activity's title, when it is known."""
        return Filled(self._notice_under(notice, language, title))

    def _questions(self, title: str, language: str, questionnaire: Questionnaire) -> Page:
        return page(self._render(title, language, questionnaire, nonce=NO_NONCE), gap=NO_NONCE)

    def _notice(self, notice: Notice, language: str, title: str | None) -> Page:
        template = self._templates.get_template("surveys/notice.html")
        return page(template.render(notice=notice, language=language, title=title))

    def _render(
        self,
        title: str,
        language: str,
        questionnaire: Questionnaire,
        *,
        nonce: str,
        values: Fields = NOTHING,
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        first, *others = questionnaire.questions
        return self._templates.get_template("surveys/questions.html").render(
            title=title,
            language=language,
            version=questionnaire.version,
            is_for_hosts=questionnaire.audience is Audience.HOSTS,
            types=TYPES,
            first=first,
            others=others,
            nonce=nonce,
            values=values,
            errors=errors,
            is_unfolded=any(
                question.key in errors or any(values.get(question.key, ())) for question in others
            ),
            longest_text=LONGEST_TEXT,
        )

    def _security(self) -> Mapping[str, str]:
        """Nothing may load but the pages' own style and script, known by their digests."""
        style, script = (self._digest(f"layouts/survey.{kind}") for kind in ("css", "js"))
        return policy(
            "default-src 'none'; img-src data:; connect-src 'self';"
            f" style-src 'sha256-{style}'; script-src 'sha256-{script}'"
        )

    def _digest(self, name: str) -> str:
        text = self._templates.get_template(name).render()
        return b64encode(sha256(text.encode()).digest()).decode()


def new_nonce() -> str:
    """A UUID of version 7: later pages have greater ones, which an index takes in gladly."""
    moment = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    number = bytearray(moment + secrets.token_bytes(10))
    number[6] = number[6] & 0x0F | 0x70
    number[8] = number[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(number)))
