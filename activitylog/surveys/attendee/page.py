"""The attendee's pages and notices: rendered and compressed once per variant, except for the nonce."""

import struct
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any, ClassVar

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from activitylog.surveys.forms import Fields
from activitylog.surveys.questionnaires.rules import LONGEST_TEXT, Questionnaire
from activitylog.surveys.rules import LANGUAGES, Bilingual, translated
from activitylog.web.headers import OWN_ORIGIN, policy

NO_NONCE = "\x01" * 36  # where a page's nonce goes; `clean_text` leaves this character in no text
SOME_TITLE = "“星空下的浦江”天文观测与科普讲座暨青少年航天知识竞赛"
PREPARED_PAGES = 64  # each takes some 20 KB
_AS_GZIP = 31  # the `wbits` for a gzip header and trailer
_STORED_BLOCK = struct.Struct("<BHH")
_GZIP_TRAILER = struct.Struct("<LL")


class Notice(StrEnum):
    """A page without questions; templates/surveys/notice.html has the words."""

    CLOSED = "closed"
    THANKS = "thanks"
    ANSWERED = "answered"
    SCAN_SCREEN = "scan_screen"
    CODE_OVER = "code_over"
    KIOSK_OVER = "kiosk_over"
    UNKNOWN = "unknown"
    MISUSED = "misused"
    TOO_LONG = "too_long"
    BUSY = "busy"
    TOO_FAST = "too_fast"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PageVariant:
    """The variant of a page: its language and the query string that its links keep.

    `leave` is the address to which staff end a kiosk; "" elsewhere.
    """

    language: str
    query: str = ""
    leave: str = ""


@dataclass(frozen=True)
class NoticePage:
    """A notice; `title` is the activity's, if known, `closed` the sentence why it takes no answers."""

    template: ClassVar = "surveys/notice.html"
    longest_text: ClassVar = LONGEST_TEXT

    notice: Notice
    variant: PageVariant
    title: str = ""
    closed: str = ""


@dataclass(frozen=True)
class QuestionsPage:
    """The questionnaire; after a faulty submission with its `values` and an error beside each wrong field."""

    template: ClassVar = "surveys/questions.html"
    longest_text: ClassVar = LONGEST_TEXT
    nonce: ClassVar = NO_NONCE

    title: str
    variant: PageVariant
    questionnaire: Questionnaire
    values: Fields = field(default_factory=dict, hash=False)
    errors: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_unfolded(self) -> bool:
        """Whether the optional questions are open: one has a value or an error."""
        optional = self.questionnaire.questions[1:]
        return any(each.key in self.errors or any(self.values.get(each.key, ())) for each in optional)


class PreparedPage:
    """A page compressed once around a gap for a nonce, which goes in as a stored block of the same member.

    NO_NONCE is compressed in its place and thrown away, so that the end may refer to what is before it.
    """

    def __init__(self, html: str) -> None:
        begin, gap, end = (part.encode() for part in html.partition(NO_NONCE))
        compressor = zlib.compressobj(9, wbits=_AS_GZIP)
        self._begin, self._end, self._checksum = begin, end, zlib.crc32(begin)
        self._compressed_begin = compressor.compress(begin) + compressor.flush(zlib.Z_SYNC_FLUSH)
        compressor.compress(gap)
        compressor.flush(zlib.Z_SYNC_FLUSH)
        self._compressed_end = (compressor.compress(end) + compressor.flush())[: -_GZIP_TRAILER.size]

    def plain(self, nonce: str) -> bytes:
        return self._begin + nonce.encode() + self._end

    def gzipped(self, nonce: str) -> bytes:
        gap = nonce.encode()
        block = _STORED_BLOCK.pack(0, len(gap), len(gap) ^ 0xFFFF) + gap
        checksum = zlib.crc32(self._end, zlib.crc32(gap, self._checksum))
        trailer = _GZIP_TRAILER.pack(checksum, len(self._begin) + len(gap) + len(self._end))
        return self._compressed_begin + block + self._compressed_end + trailer


class Pages:
    """The attendee's pages, rendered from templates."""

    def __init__(self, templates: Environment) -> None:
        _add_languages(templates)
        self._templates = templates
        files = (templates.get_template(f"layouts/survey.{kind}").render() for kind in ("css", "js"))
        style, script = (b64encode(sha256(text.encode()).digest()).decode() for text in files)
        sources = (
            "default-src 'none'; img-src data:; connect-src 'self';"
            f" style-src 'sha256-{style}'; script-src 'sha256-{script}'"
        )
        self.headers = policy(sources)
        self._preview_headers = policy(f"sandbox allow-same-origin; {sources}", framed_by=OWN_ORIGIN)
        self.prepared = lru_cache(PREPARED_PAGES)(self.prepare)

    def prepare(self, page: QuestionsPage | NoticePage) -> PreparedPage:
        return PreparedPage(self._render(page))

    def preview(self, language: str, questionnaire: Questionnaire) -> tuple[str, Mapping[str, str]]:
        """The questionnaire's page for staff, with headers that allow framing and prevent submitting."""
        page = QuestionsPage(SOME_TITLE, PageVariant(language), questionnaire)
        return self._render(page).replace(NO_NONCE, ""), self._preview_headers

    def size(self, questionnaire: Questionnaire) -> int:
        """The bytes of its page over the wire, in the language that takes more."""
        pages = (QuestionsPage(SOME_TITLE, PageVariant(each), questionnaire) for each in LANGUAGES)
        return max(len(self.prepare(page).gzipped(NO_NONCE)) for page in pages)

    def _render(self, page: QuestionsPage | NoticePage) -> str:
        return self._templates.get_template(page.template).render(page=page)


def _add_languages(templates: Environment) -> None:
    """Let templates with a `page.variant` write `sentence|translated` and `either("中文", "English")`."""
    filters: dict[str, Any] = templates.filters

    @pass_context
    def in_language(context: Context, sentence: str, english: str = "") -> str:
        words = Bilingual(sentence, english) if english else sentence
        return translated(words, context["page"].variant.language)

    filters["translated"] = templates.globals["either"] = in_language
