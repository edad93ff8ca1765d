"""The stylesheet and the scripts pages link, joined once from the parts under static/."""

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from activitylog.web.headers import OFFICE

STATIC = Path(__file__).parent.parent / "static"
BEHAVIOURS = ("submit-once", "copy", "rows", "live", "awake", "sum", "photos")
_CSS_NOISE = re.compile(r"/\*.*?\*/|^\s+|\s+$", re.DOTALL | re.MULTILINE)
_JS_NOISE = re.compile(r"^\s*//.*\n|^\s+|[^\S\n]+$", re.MULTILINE)  # a comment behind code needs its line
_IMPORT = re.compile(r"^import .* from \"(.+)\";$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |let |class )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One joined file as it goes over the wire."""

    mimetype: str
    content: bytes
    digest: str
    gzipped: bytes


def _joined(mimetype: str, parts: Iterable[str], noise: re.Pattern[str]) -> Bundle:
    texts = (noise.sub("", part) for part in parts)
    return _bundle(mimetype, "".join(f"{text}\n" for text in texts if text))


def _bundle(mimetype: str, text: str) -> Bundle:
    content = text.encode()
    return Bundle(mimetype, content, sha256(content).hexdigest()[:12], gzip.compress(content, mtime=0))


def stylesheet() -> Bundle:
    """Tokens, base, the components by name, and print last so that it wins."""
    css = STATIC / "css"
    components = _texts(*sorted((css / "components").glob("*.css")))
    tokens, base, last = _texts(css / "tokens.css", css / "base.css", css / "print.css")
    return _joined("text/css", [tokens, dark(), base, *components, last], _CSS_NOISE)


def dark() -> str:
    """The dark colours, where the device asks for them and the person not for light, or the person does."""
    [colours] = _texts(STATIC / "css" / "dark.css")
    asked = f"@media (prefers-color-scheme: dark) {{\n:root:not([data-theme=light]) {{\n{colours}}}\n}}"
    return f"@media screen {{\n{asked}\n:root[data-theme=dark] {{\n{colours}}}\n}}"


def _texts(*parts: Path) -> list[str]:
    return [part.read_text(encoding="utf-8") for part in parts]


def script() -> Bundle:
    """The behaviours between the piece they register with and the piece that starts them."""
    parts = [STATIC / "js" / f"{name}.js" for name in ("attach", *BEHAVIOURS, "start")]
    return _joined("text/javascript", _texts(*parts), _JS_NOISE)


def phone_script() -> Bundle:
    """The modules behind the form and the entries waiting on a phone, in one file and one scope."""
    texts = (part.read_text(encoding="utf-8") for part in _modules(STATIC / "js" / "phone" / "start.js"))
    plain = (_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
    return _bundle("text/javascript", "".join(f"{_JS_NOISE.sub('', text)}\n" for text in plain))


def _modules(start: Path) -> list[Path]:
    """The module and all it imports, each after what it needs."""
    found: dict[Path, None] = {}

    def visit(module: Path) -> None:
        for name in _IMPORT.findall(module.read_text(encoding="utf-8")):
            needed = (module.parent / name).resolve()
            if needed not in found:
                visit(needed)
        found[module] = None

    visit(start)
    return list(found)


@cache
def worker() -> str:
    """The service worker, told which assets to keep and what guards a page."""
    told = {"ASSETS": [asset_url(name) for name in bundles()], "GUARDS": dict(OFFICE)}
    text = (STATIC / "js" / "worker.js").read_text(encoding="utf-8")
    constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in told.items())
    return f"{constants}{_JS_NOISE.sub('', text)}\n"


@cache
def bundles() -> dict[str, Bundle]:
    """The joined files by the name a template asks for."""
    mark = _joined("image/svg+xml", _texts(STATIC / "mark.svg"), _CSS_NOISE)
    return {"app.css": stylesheet(), "app.js": script(), "phone.js": phone_script(), "mark.svg": mark}


def asset_url(name: str) -> str:
    """The bundle's address with its content's digest in it, so that it can be cached for ever."""
    return f"/assets/{bundles()[name].digest}/{name}"
