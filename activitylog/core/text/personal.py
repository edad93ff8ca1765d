"""Masks what tells who wrote a free text: phone, identity, card and account numbers, e-mail, WeChat and QQ.

A number is found in every spelling: full-width, circled and Chinese digits, mixed, with spaces, dots and
dashes between them. Dates, years, numbers of activities, amounts and counted lists stay.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

HIDDEN = "［号码已隐去］"
HIDDEN_ADDRESS = "［邮箱已隐去］"
HIDDEN_ACCOUNT = "［账号已隐去］"

_CHINESE_DIGITS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)) | dict(
    zip("○洞🄋🄌幺两壹贰叁肆伍陆柒捌玖貳參陸", "000012123456789236", strict=True)
)
_ROUND_DIGITS = [*range(0x2460, 0x2469), *range(0x2474, 0x247D), *range(0x2488, 0x2491), 0x24EA, 0x24FF]
_ROUND_DIGITS += [*range(0x2776, 0x277F), *range(0x2780, 0x2789), *range(0x278A, 0x2793)]
_ROUND_DIGITS += [
    *range(0x24F5, 0x24FE),
    *range(0x1D7CE, 0x1D800),
    *range(0x1F100, 0x1F10B),
]
_LETTERS = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
# One character for one, so that a place in the plain text is the same place in the written one.
_PLAIN = str.maketrans(
    {chr(code): str(unicodedata.digit(chr(code))) for code in _ROUND_DIGITS}
    | _CHINESE_DIGITS
    | {chr(code): letter for code, letter in _LETTERS.items()}
    | dict.fromkeys("—–‒―‑‐−﹣~～_·•‧∙・。．*/|", "-")
    | dict.fromkeys("\u3000\u00a0\u2009\u202f\t\ufe0f\u20e3", " ")
)
_GAP = r"[-. ]{0,3}"
_RUN = re.compile(rf"(?:\+|[(（]\s?(?=0))?\d(?:{_GAP}[)）]?{_GAP}\d){{7,}}[Xx]?")
_CHUNK = re.compile(r"\d+")
_DAY = re.compile(r"(?:19|20)\d\d(?:[-. ]\d{1,2}[-. ]\d{1,2}(?!\d)|[01]\d[0-3]\d(?!\d))")
_DAYS = re.compile(rf"(?:{_DAY.pattern}{_GAP})+")
_DECIMALS = re.compile(r"\d{1,3}\.\d{1,2}(?: +\d{1,3}(?:\.\d{1,2})?){2,}")
_TIMES = re.compile(r"(?:(?:[01]?\d|2[0-4])\.[0-5]\d[- ]{0,3}){2,}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r" ?(?:[元人次份个名册本场米字块万亿年月日%]|平方|公里|多)")

_LOCAL = r"[2-8]\d{7}"
_CARD = r"[1-9]\d{14,18}"  # identity card of either generation, bank card
_PERSONAL = re.compile(
    rf"(?P<local>{_LOCAL})|(?P<card>{_CARD})"
    r"|(?:00)?(?:86)?1[3-9]\d{9}"  # mobile
    r"|(?:0086|86)?0\d{2,3}\d{7,8}"  # with area code
)
LONGEST_PLAIN = 19  # digits of a card; no honest number has more
_LOCAL_CHUNKS = ([8], [4, 4], [1] * 8)

_DOT = r" ?(?:\.|-(?=com|cn|net|org|edu)|点|[(\[（【] ?dot ?[)\]）】]) ?"
_ADDRESS = re.compile(
    r"[a-z0-9.%+-]{1,64} {0,2}(?:@|[(\[（【] ?(?:at|@) ?[)\]）】]|艾特) {0,2}"
    rf"[a-z0-9-]{{1,63}}(?:{_DOT}[a-z]{{2,12}}){{1,4}}",
    re.IGNORECASE,
)
_NAMED = (
    r"(?:微 ?信|薇信|威信|徽信|v ?信|(?<![a-z])(?:v ?x|wx|we ?chat|weixin|v(?=[:是]))|扣扣|抠抠|q ?q|q(?=:))"
)
_SAID = r" ?(?:号码|账号|帐号|号|id)?(?: ?群号?)? ?(?:是|为|[:=-])* ?"
_ACCOUNT = re.compile(
    rf"(?:{_NAMED})(?P<said>{_SAID})"
    rf"(?P<account>[a-z][a-z0-9-]{{4,19}}(?![a-z0-9])|\d(?:{_GAP}\d){{4,12}}(?!\d))",
    re.IGNORECASE,
)
_SAYS_SO = re.compile(r"[号是为:=]|id", re.IGNORECASE)
_MAY_TELL = re.compile(r"\d(?:[-. ()（）]{0,8}\d){4}|@|at|艾特|信|[vw] ?x|we|v:|v是|[qQ]", re.IGNORECASE)


def mask_personal(text: str) -> str:
    """The text without what tells who wrote it; the rest stays as it was written."""
    plain = text.translate(_PLAIN)
    if _MAY_TELL.search(plain) is None:
        return text
    found = [*_addresses(plain), *_accounts(plain), *_numbers(plain)]
    masked, at = [], 0
    for start, end, hidden in sorted(found, key=lambda each: (each[0], -each[1])):
        if start >= at:
            masked += [text[at:start], hidden]
            at = end
    return "".join(masked) + text[at:]


Found = tuple[int, int, str]  # from one place up to another, and what stands there instead


def _addresses(plain: str) -> Iterator[Found]:
    for match in _ADDRESS.finditer(plain):
        yield *match.span(), HIDDEN_ADDRESS


def _accounts(plain: str) -> Iterator[Found]:
    """Accounts named as such; one of letters alone only where the text says that it is one."""
    for match in _ACCOUNT.finditer(plain):
        account = match["account"]
        if account[0].isdigit():
            yield *match.span("account"), HIDDEN
        elif _SAYS_SO.search(match["said"]) or re.search(r"[\d-]", account):
            yield *match.span("account"), HIDDEN_ACCOUNT


def _numbers(plain: str) -> Iterator[Found]:
    for run in _RUN.finditer(plain):
        if _is_plainly_honest(run[0]):
            continue
        chunks = [match.span() for match in _CHUNK.finditer(plain, *run.span())]
        first = 0
        while first < len(chunks):
            last = _end_of_number(plain, chunks, first)
            if last is None:
                first += 1
                continue
            start = run.start() if first == 0 else chunks[first][0]
            yield start, _end(plain, chunks[last][1]), HIDDEN
            first = last + 1


def _is_plainly_honest(run: str) -> bool:
    if _is_counted(_CHUNK.findall(run)):
        return True
    return bool(_DAYS.fullmatch(run) or _DECIMALS.fullmatch(run) or _TIMES.fullmatch(run))


def _end_of_number(plain: str, chunks: Sequence[tuple[int, int]], first: int) -> int | None:
    """The last chunk of the longest personal number that begins with a chunk; None when none does."""
    parts, digits, found = list[str](), "", None
    for last in range(first, len(chunks)):
        start, end = chunks[last]
        parts.append(plain[start:end])
        digits += parts[-1]
        if len(digits) > LONGEST_PLAIN:
            return last if len(parts) == 1 else found
        if _is_personal(digits, parts, plain[end : end + 3]):
            found = last
    return found


def _is_personal(digits: str, parts: Sequence[str], after: str) -> bool:
    match = _PERSONAL.fullmatch(digits)
    if match is None or _is_counted(parts) or sum(map(bool, map(_YEAR.fullmatch, parts))) > 1:
        return False
    if match["local"]:
        return _is_local_number(digits, parts, after)
    return not (match["card"] and _YEAR.fullmatch(parts[0]))


def _is_counted(parts: Sequence[str]) -> bool:
    """Whether the numbers go up or down by equal steps, as in a list: 1 2 3 4, 60 65 70."""
    numbers = [int(part) for part in parts]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) > 2 and len(steps) == 1


def _is_local_number(digits: str, parts: Sequence[str], after: str) -> bool:
    """Whether eight digits are a phone in Shanghai: no day, number of an activity, years or amount."""
    if [len(part) for part in parts] not in _LOCAL_CHUNKS or _UNIT.match(after):
        return False
    is_round = all(part.endswith("00") for part in parts)
    is_of_year = digits.startswith("20") if len(parts) == 2 else bool(_DAY.fullmatch(digits))
    return not (is_round or is_of_year)


def _end(plain: str, end: int) -> int:
    """Past the X that may end an identity card's number."""
    return end + 1 if plain[end : end + 1] in ("X", "x") else end
