"""The attendee's pages and notices: rendered and compressed once per variant, except for the nonce."""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache, partial

from jinja2 import Environment

from activitylog.settings import Settings
from activitylog.surveys.forms import Fields
from activitylog.surveys.questionnaires.rules import LONGEST_TEXT, Questionnaire
from activitylog.surveys.rules import (
    DISSATISFIED_UNTIL,
    ENGLISH,
    LANGUAGES,
    SATISFIED_FROM,
    translated,
)
from activitylog.web.assets import inline_source
from activitylog.web.headers import OWN_ORIGIN, policy

NO_NONCE = "\x01" * 36  # where a page's nonce goes; `clean_text` leaves this character in no text
SOME_TITLE = "“星空下的浦江”天文观测与科普讲座暨青少年航天知识竞赛"
PREPARED_PAGES = 64  # each takes some 20 KB
_AS_GZIP = 31  # the `wbits` for a gzip header and trailer
_STORED_BLOCK = struct.Struct("<BHH")
_GZIP_TRAILER = struct.Struct("<LL")


class Mood(StrEnum):
    """How content an attendee was, for the thanks."""

    GLAD = "glad"
    NEUTRAL = "neutral"
    SORRY = "sorry"


def mood_of(overall: int) -> Mood:
    if overall <= DISSATISFIED_UNTIL:
        return Mood.SORRY
    return Mood.GLAD if overall >= SATISFIED_FROM else Mood.NEUTRAL


class Notice(StrEnum):
    """A page without questions; templates/surveys/notice.html has its words, and those of HTTP errors."""

    CLOSED = "closed"
    THANKS = "thanks"
    ANSWERED = "answered"
    SCAN_SCREEN = "scan_screen"
    CODE_OVER = "code_over"
    KIOSK_OVER = "kiosk_over"
    REASON_LATE = "reason_late"


@dataclass(frozen=True, slots=True)
class PageVariant:
    """A page's language, the query string that its links keep, and at a kiosk the address that ends it."""

    language: str
    query: str = ""
    leave: str = ""


@dataclass(frozen=True)
class NoticePage:
    """A notice, or an HTTP error's; `title` is the activity's, `closed` says why it takes no answers.

    Thanks fit the `mood`; with `asks_reason` they ask what was bad, again with the text that had an `error`.
    """

    notice: Notice | int
    variant: PageVariant
    title: str = ""
    closed: str = ""
    mood: Mood = Mood.GLAD
    asks_reason: bool = False
    reason: str = ""
    error: str = ""


@dataclass(frozen=True)
class QuestionsPage:
    """The questionnaire; after a faulty submission with its `values` and an error beside each wrong field."""

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
    A page without the gap, which has no form, takes none.
    """

    def __init__(self, html: str) -> None:
        begin, gap, end = (part.encode() for part in html.partition(NO_NONCE))
        self._has_gap = bool(gap)
        compressor = zlib.compressobj(9, wbits=_AS_GZIP)
        self._begin, self._end, self._checksum = begin, end, zlib.crc32(begin)
        self._compressed_begin = compressor.compress(begin) + compressor.flush(zlib.Z_SYNC_FLUSH)
        compressor.compress(gap)
        compressor.flush(zlib.Z_SYNC_FLUSH)
        self._compressed_end = (compressor.compress(end) + compressor.flush())[: -_GZIP_TRAILER.size]

    def plain(self, nonce: str) -> bytes:
        return self._begin + self._gap(nonce) + self._end

    def gzipped(self, nonce: str) -> bytes:
        gap = self._gap(nonce)
        block = _STORED_BLOCK.pack(0, len(gap), len(gap) ^ 0xFFFF) + gap
        checksum = zlib.crc32(self._end, zlib.crc32(gap, self._checksum))
        trailer = _GZIP_TRAILER.pack(checksum, len(self._begin) + len(gap) + len(self._end))
        return self._compressed_begin + block + self._compressed_end + trailer

    def _gap(self, nonce: str) -> bytes:
        return nonce.encode() if self._has_gap else b""


class Pages:
    """The attendee's pages, rendered from templates."""

    def __init__(self, templates: Environment, office: Callable[[], Settings]) -> None:
        self._templates, self._office = templates, office
        files = (templates.get_template(f"layouts/survey.{kind}").render() for kind in ("css", "js"))
        style, script = map(inline_source, files)
        inline = f"style-src {style}; script-src {script}"
        sources = f"default-src 'none'; img-src data:; connect-src 'self'; {inline}"
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
        language = page.variant.language
        name = "questions" if isinstance(page, QuestionsPage) else "notice"
        return self._templates.get_template(f"surveys/{name}.html").render(
            page=page,
            office=self._office(),
            nonce=NO_NONCE,
            longest_text=LONGEST_TEXT,
            translated=partial(translated, language=language),
            either=lambda chinese, english: english if language == ENGLISH else chinese,
        )
