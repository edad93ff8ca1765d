"""The attendees' pages: rendered and compressed once for all who ask for the same."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from jinja2 import Environment

from activitylog.surveys import languages
from activitylog.surveys.attendee.packed import Page, page
from activitylog.surveys.forms import Fields, Submission
from activitylog.surveys.languages import Bilingual
from activitylog.surveys.questionnaires.questions import LONGEST_TEXT, TYPES, Audience, Questionnaire
from activitylog.web.headers import OURSELVES, policy

NO_NONCE = "00000000-0000-0000-0000-000000000000"  # where a page's nonce goes
NOTHING: Mapping[str, Any] = MappingProxyType({})
SOME_TITLE = "“星空下的浦江”天文观测与科普讲座暨青少年航天知识竞赛"
KEPT_PAGES = 256  # of each sort; one of the questionnaire takes 20 KB


@dataclass(frozen=True, slots=True)
class Notice:
    """A page with nothing to fill in; the tone `done` smiles."""

    heading: Bilingual
    sentence: Bilingual
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a page is made for besides its survey: a language, and the query that must stay in its address.

    `leave` is where a kiosk's staff go when it is over; others have none.
    """

    language: str
    query: str = ""
    leave: str = ""


CLOSED = Bilingual("现在不能填写", "Not open now")
THANKS = Notice(
    Bilingual("谢谢您！", "Thank you!"),
    Bilingual("您的评价已收到，可以关闭本页了。", "We have your answers. You may close this page."),
    tone="done",
)
THANKS_AT_KIOSK = Notice(
    Bilingual("谢谢您！", "Thank you!"),
    Bilingual(
        "您的评价已收到。几秒后自动换成新的一份，请交给下一位。",
        "We have your answers. A new page comes in a few seconds; please pass the device on.",
    ),
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
SCAN_SCREEN = Notice(
    Bilingual("请扫现场屏幕上的码", "Please scan the code on the screen"),
    Bilingual(
        "本场活动的问卷从现场大屏幕上的二维码进入，请对着屏幕再扫一次；看不到屏幕，请询问工作人员。",
        "This survey opens with the code (二维码) on the big screen. Please scan it there, or ask the staff.",
    ),
)
CODE_OVER = Notice(
    Bilingual("这个码已经过期", "This code has expired"),
    Bilingual(
        "屏幕上的二维码每 30 秒换一次，10 分钟内有效。请对着现场大屏幕再扫一次，已填的内容还在。",
        "The code (二维码) on the screen changes every 30 seconds and works for ten minutes. Please scan it"
        " again; what you have filled in is still here.",
    ),
)
KIOSK_OVER = Notice(
    Bilingual("自助填写已结束", "This kiosk has ended"),
    Bilingual(
        "自助填写的链接已经过期。请工作人员从活动页重新打开。",
        "The link of this kiosk has expired. Please ask the staff to open it again.",
    ),
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
TOO_FAST = Notice(
    Bilingual("请稍等一分钟", "Please wait a minute"),
    Bilingual(
        "从您所在的网络提交得太快太多，您的回答还没有存下。请返回上一页，一分钟后再点一次提交，不会重复计算。",
        "Too many answers come from your network at once, and yours are not stored yet. Please go back and"
        " submit again in a minute; it will not count twice.",
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
        languages.register(templates)
        self._templates = templates
        sources = self._sources()
        self.headers = policy(sources)
        self._shown_only = policy(f"sandbox allow-same-origin; {sources}", framed_by=OURSELVES)
        self._questions_of = lru_cache(KEPT_PAGES)(self._questions)
        self._notice_under = lru_cache(KEPT_PAGES)(self._notice)

    def questions(self, title: str, setting: Setting, questionnaire: Questionnaire, nonce: str) -> Filled:
        """The questionnaire, with a nonce of its own."""
        return Filled(self._questions_of(title, setting, questionnaire), nonce.encode())

    def preview(self, language: str, questionnaire: Questionnaire) -> tuple[str, Mapping[str, str]]:
        """What attendees will see, with headers that let the office frame it and nobody send it."""
        html = self._render(SOME_TITLE, Setting(language), questionnaire, nonce=NO_NONCE)
        return html, self._shown_only

    def size(self, questionnaire: Questionnaire) -> int:
        """The bytes of its page over the wire, in the language that takes more."""
        pages = [self._questions(SOME_TITLE, Setting(each), questionnaire) for each in languages.LANGUAGES]
        return max(len(each.gzipped(NO_NONCE.encode())) for each in pages)

    def correction(self, title: str, setting: Setting, submission: Submission, nonce: str) -> Filled:
        """The questionnaire as it was filled in, with what is wrong beside it."""
        filled_in = self._render(
            title,
            setting,
            submission.questionnaire,
            nonce=nonce,
            values=submission.values,
            errors=submission.errors,
        )
        return Filled(page(filled_in))

    def notice(self, notice: Notice, setting: Setting, title: str | None = None) -> Filled:
        """A notice under the activity's title, when it is known."""
        return Filled(self._notice_under(notice, setting, title))

    def _questions(self, title: str, setting: Setting, questionnaire: Questionnaire) -> Page:
        return page(self._render(title, setting, questionnaire, nonce=NO_NONCE), gap=NO_NONCE)

    def _notice(self, notice: Notice, setting: Setting, title: str | None) -> Page:
        template = self._templates.get_template("surveys/notice.html")
        return page(template.render(notice=notice, setting=setting, language=setting.language, title=title))

    def _render(
        self,
        title: str,
        setting: Setting,
        questionnaire: Questionnaire,
        *,
        nonce: str,
        values: Fields = NOTHING,
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        first, *others = questionnaire.questions
        return self._templates.get_template("surveys/questions.html").render(
            title=title,
            setting=setting,
            language=setting.language,
            version=questionnaire.version,
            is_for_hosts=questionnaire.audience is Audience.HOSTS,
            types=TYPES,
            first=first,
            others=others,
            nonce=nonce,
            values=values,
            errors=errors,
            is_unfolded=any(each.key in errors or any(values.get(each.key, ())) for each in others),
            longest_text=LONGEST_TEXT,
        )

    def _sources(self) -> str:
        """Nothing may load but the pages' own style and script, known by their digests."""
        style, script = (self._digest(f"layouts/survey.{kind}") for kind in ("css", "js"))
        return (
            "default-src 'none'; img-src data:; connect-src 'self';"
            f" style-src 'sha256-{style}'; script-src 'sha256-{script}'"
        )

    def _digest(self, name: str) -> str:
        text = self._templates.get_template(name).render()
        return b64encode(sha256(text.encode()).digest()).decode()
