"""The one stylesheet and the one script every page links, joined once from the parts under static/."""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"
BEHAVIOURS = ("submit-once", "copy", "rows", "live", "awake", "sum")
_CSS_NOISE = re.compile(r"/\*.*?\*/|^\s+|\s+$", re.DOTALL | re.MULTILINE)
_JS_NOISE = re.compile(r"^\s*//.*$|^\s+|\s+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One joined file as it goes over the wire."""

    mimetype: str
    content: bytes
    digest: str


def _joined(mimetype: str, parts: list[Path], noise: re.Pattern[str]) -> Bundle:
    texts = (noise.sub("", part.read_text(encoding="utf-8")) for part in parts)
    content = "".join(f"{text}\n" for text in texts if text).encode()
    return Bundle(mimetype, content, sha256(content).hexdigest()[:12])


def stylesheet() -> Bundle:
    """Tokens, base, the components by name, and print last so that it wins."""
    css = STATIC / "css"
    ground = [css / "tokens.css", css / "base.css"]
    components = sorted((css / "components").glob("*.css"))
    return _joined("text/css", [*ground, *components, css / "print.css"], _CSS_NOISE)


def script() -> Bundle:
    """The behaviours between the piece they register with and the piece that starts them."""
    parts = [STATIC / "js" / f"{name}.js" for name in ("attach", *BEHAVIOURS, "start")]
    return _joined("text/javascript", parts, _JS_NOISE)


@cache
def bundles() -> dict[str, Bundle]:
    """The joined files by the name a template asks for."""
    mark = _joined("image/svg+xml", [STATIC / "mark.svg"], _CSS_NOISE)
    return {"app.css": stylesheet(), "app.js": script(), "mark.svg": mark}


def asset_url(name: str) -> str:
    """The bundle's address with its content's digest in it, so that it can be cached for ever."""
    return f"/assets/{bundles()[name].digest}/{name}"
