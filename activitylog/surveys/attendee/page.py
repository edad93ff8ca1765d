"""Renders the attendee's pages: rendered and compressed once per variant, except for the nonce."""

import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from jinja2 import Environment

from activitylog.surveys import languages
from activitylog.surveys.attendee.notices import Notice
from activitylog.surveys.forms import Fields, Submission
from activitylog.surveys.questionnaires.questions import LONGEST_TEXT, TYPES, Audience, Questionnaire
from activitylog.web.headers import OWN_ORIGIN, policy

NO_NONCE = "00000000-0000-0000-0000-000000000000"  # where a page's nonce goes
NOTHING: Mapping[str, Any] = MappingProxyType({})
SOME_TITLE = "“星空下的浦江”天文观测与科普讲座暨青少年航天知识竞赛"
PREPARED_PAGES = 32  # of each kind; one with its compressor takes 300 KB
_GZIP = 31  # zlib: its largest window, in a gzip member


@dataclass(frozen=True, slots=True)
class Setting:
    """The variant of a page: its language and the query string that its links keep.

    `leave` is the address to which staff end a kiosk; "" elsewhere.
    """

    language: str
    query: str = ""
    leave: str = ""


class PreparedPage:
    """A page with a gap for one nonce; the part before it is compressed in advance."""

    def __init__(self, html: str) -> None:
        self._begin, self._gap, self._end = html.partition(NO_NONCE)
        self._compressor = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
        self._compressed = self._compressor.compress(self._begin.encode())
        self._compressed += self._compressor.flush(zlib.Z_SYNC_FLUSH if self._gap else zlib.Z_FINISH)

    def plain(self, nonce: str = NO_NONCE) -> bytes:
        return (self._begin + self._rest(nonce)).encode()

    def gzipped(self, nonce: str = NO_NONCE) -> bytes:
        if not self._gap:
            return self._compressed
        compressor = self._compressor.copy()  # a quarter of a megabyte
        return self._compressed + compressor.compress(self._rest(nonce).encode()) + compressor.flush()

    def _rest(self, nonce: str) -> str:
        return nonce + self._end if self._gap else self._end


class Pages:
    """The attendee's pages, rendered from templates and cached by variant."""

    def __init__(self, templates: Environment) -> None:
        languages.register(templates)
        self._templates = templates
        sources = self._sources()
        self.headers = policy(sources)
        self._preview_headers = policy(f"sandbox allow-same-origin; {sources}", framed_by=OWN_ORIGIN)
        self.questions = lru_cache(PREPARED_PAGES)(self._questions)
        self.notice = lru_cache(PREPARED_PAGES)(self._notice)

    def preview(self, language: str, questionnaire: Questionnaire) -> tuple[str, Mapping[str, str]]:
        """The questionnaire's page for staff, with headers that allow framing and prevent submitting."""
        return self._render(SOME_TITLE, Setting(language), questionnaire), self._preview_headers

    def size(self, questionnaire: Questionnaire) -> int:
        """The bytes of its page over the wire, in the language that takes more."""
        pages = (self._questions(SOME_TITLE, Setting(each), questionnaire) for each in languages.LANGUAGES)
        return max(len(each.gzipped()) for each in pages)

    def correction(self, title: str, setting: Setting, submission: Submission) -> PreparedPage:
        """The questionnaire with the posted values and an error beside each wrong field."""
        return PreparedPage(
            self._render(
                title, setting, submission.questionnaire, values=submission.values, errors=submission.errors
            )
        )

    def _questions(self, title: str, setting: Setting, questionnaire: Questionnaire) -> PreparedPage:
        return PreparedPage(self._render(title, setting, questionnaire))

    def _notice(self, notice: Notice, setting: Setting, title: str | None = None) -> PreparedPage:
        template = self._templates.get_template("surveys/notice.html")
        return PreparedPage(
            template.render(notice=notice, setting=setting, language=setting.language, title=title)
        )

    def _render(
        self,
        title: str,
        setting: Setting,
        questionnaire: Questionnaire,
        *,
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
            nonce=NO_NONCE,
            values=values,
            errors=errors,
            is_unfolded=any(each.key in errors or any(values.get(each.key, ())) for each in others),
            longest_text=LONGEST_TEXT,
        )

    def _sources(self) -> str:
        """The content security policy: only the page's own style and script, by digest."""
        style, script = (self._digest(f"layouts/survey.{kind}") for kind in ("css", "js"))
        return (
            "default-src 'none'; img-src data:; connect-src 'self';"
            f" style-src 'sha256-{style}'; script-src 'sha256-{script}'"
        )

    def _digest(self, name: str) -> str:
        text = self._templates.get_template(name).render()
        return b64encode(sha256(text.encode()).digest()).decode()
