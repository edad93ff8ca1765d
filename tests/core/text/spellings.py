"""Random spellings of one word, one number and one link, as keyboards, PDFs and share buttons make them."""

from urllib.parse import quote, urlsplit

from hypothesis import strategies as st

INVISIBLE = "\u2800\u3164\u200b\u200c\u200d\u200e\u2060\ufeff\u00ad\u034f\ufe0f"
SPACES = (" ", "  ", "\u3000", "\u00a0", "\u2003")
RADICALS = {
    "小": "⼩",
    "黄": "⻩",
    "长": "⻓",
    "车": "⻋",
    "门": "⻔",
    "人": "⼈",
    "日": "⽇",
    "月": "⽉",
    "文": "⽂",
}
CLOSINGS = ("", "。", "，", "）", "/", ".", "\u200b", " ", "/。")


@st.composite
def spelled_words(draw: st.DrawFn, word: str, *, keeps_case: bool = False) -> str:
    """The word with invisible characters, radicals, full-width letters, spaces beside Chinese, other case."""
    spelled = []
    for character in word:
        if character.isascii() and character.isalpha() and not keeps_case:
            character = draw(st.sampled_from([character.upper(), character.lower()]))  # noqa: PLW2901
        wide = chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else RADICALS.get(character, character)
        spelled.append(draw(st.sampled_from([character, wide])))
        spelled.append(draw(st.sampled_from(["", "", *INVISIBLE])))
        if not character.isascii():
            spelled.append(draw(st.sampled_from(["", "", *SPACES])))
    return draw(st.sampled_from(["", *SPACES])) + "".join(spelled) + draw(st.sampled_from(["", *SPACES]))


@st.composite
def spelled_numbers(draw: st.DrawFn, number: int) -> str:
    """The number with full-width digits, leading zeros, separators of thousands and invisible characters."""
    grouped = f"{number:,}"
    text = draw(
        st.sampled_from([str(number), f"{number}.0", f"00{number}", grouped, grouped.replace(",", " ")])
    )
    wide = text.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789.,"})
    text = draw(st.sampled_from([text, wide]))
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(st.sampled_from(["", *INVISIBLE])) + text[place:]


@st.composite
def spelled_links(draw: st.DrawFn, link: str) -> str:
    """The link with other scheme, port, share tail, percent signs, `&amp;`, order, and a stop behind it."""
    parts = urlsplit(link)
    scheme = draw(st.sampled_from(["http", "https", "HTTPS"]))
    host = draw(st.sampled_from([parts.netloc, parts.netloc.upper()]))
    port = draw(st.sampled_from(["", ":443" if scheme != "http" else ":80"]))
    path = parts.path
    if not path.isascii():
        path = draw(st.sampled_from([path, quote(path), quote(path).lower()]))
    tails = draw(st.sets(st.sampled_from(["utm_source=wx", "from=singlemessage", "isappinstalled=0"])))
    pairs = draw(st.permutations([*filter(None, parts.query.split("&")), *sorted(tails)]))
    query = draw(st.sampled_from(["&", "&amp;"])).join(pairs)
    closing = draw(st.sampled_from(CLOSINGS))
    if query and closing.startswith("/"):
        closing = ""
    return f"{scheme}://{host}{port}{path}{'?' if query else ''}{query}{closing}"
