"""The assets of the pages: one stylesheet, ES modules, and the import map that says where these are."""

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"
SCRIPTS = STATIC / "js"
WORKER = "worker.js"  # of an address of its own, at the root of what it serves
_CSS_NOISE = re.compile(r"/\*.*?\*/|^\s+|\s+$", re.DOTALL | re.MULTILINE)
_JS_NOISE = re.compile(r"^\s*//.*\n|^\s+|[^\S\n]+$", re.MULTILINE)  # a comment behind code needs its line
_IMPORT = re.compile(r"^import .* from \"(.+)\";$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One file as it goes over the wire."""

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


def _modules() -> dict[str, Bundle]:
    """Each script by its path under static/js, which is also the name it is imported by."""
    paths = (path for path in sorted(SCRIPTS.rglob("*.js")) if path.name != WORKER)
    return {
        path.relative_to(SCRIPTS).as_posix(): _joined("text/javascript", _texts(path), _JS_NOISE)
        for path in paths
    }


@cache
def import_map() -> str:
    """Where a page finds each module: an address that changes with its content, not with those it imports."""
    return json.dumps({"imports": {name: asset_url(name) for name in _modules()}}, separators=(",", ":"))


@cache
def import_map_source() -> str:
    """The import map as Content-Security-Policy names it, being the one script written into the pages."""
    return f"'sha256-{b64encode(sha256(import_map().encode()).digest()).decode()}'"


@cache
def preloads(*names: str) -> tuple[str, ...]:
    """The addresses of modules and of all they import, so that a page fetches them at once."""
    found: dict[str, None] = {}
    waiting = [name for name in names if name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += _IMPORT.findall(bundles()[name].content.decode())
    return tuple(asset_url(name) for name in found)


@cache
def _worker_text() -> str:
    return _JS_NOISE.sub("", (SCRIPTS / WORKER).read_text(encoding="utf-8"))


def worker(guards: Mapping[str, str]) -> str:
    """The service worker with the addresses of the assets to keep and the headers that guard a page."""
    constants = {"ASSETS": [asset_url(name) for name in bundles()], "GUARDS": dict(guards)}
    lines = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    return f"{lines}{_worker_text()}\n"


@cache
def bundles() -> dict[str, Bundle]:
    """The assets by the name a template asks for."""
    mark = _joined("image/svg+xml", _texts(STATIC / "mark.svg"), _CSS_NOISE)
    return {"app.css": stylesheet(), "mark.svg": mark, **_modules()}


def asset_url(name: str) -> str:
    """The bundle's address with its content's digest in it, so that it can be cached for ever."""
    return f"/assets/{bundles()[name].digest}/{name}"
