"""The assets of the pages: one stylesheet, the ES modules, and the import map with their addresses."""

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
WORKER = "worker.js"  # the service worker, served at the root
_CSS_NOISE = re.compile(r"/\*.*?\*/|^\s+|\s+$", re.DOTALL | re.MULTILINE)
_JS_NOISE = re.compile(r"^\s*//.*\n|^\s+|[^\S\n]+$", re.MULTILINE)  # a comment behind code needs its line
_IMPORT = re.compile(r"^import .* from \"(.+)\";$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One asset: its content, plain and gzipped, and its digest."""

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
    """All CSS files in one: tokens, base, the components by name, and print last to take precedence."""
    css = STATIC / "css"
    components = _texts(*sorted((css / "components").glob("*.css")))
    tokens, base, last = _texts(css / "tokens.css", css / "base.css", css / "print.css")
    return _joined("text/css", [tokens, dark_theme(), base, *components, last], _CSS_NOISE)


def dark_theme() -> str:
    """The dark colours: where the device prefers them and light is not chosen, or dark is."""
    [colours] = _texts(STATIC / "css" / "dark.css")
    by_device = f"@media (prefers-color-scheme: dark) {{\n:root:not([data-theme=light]) {{\n{colours}}}\n}}"
    return f"@media screen {{\n{by_device}\n:root[data-theme=dark] {{\n{colours}}}\n}}"


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
    """The import map: each module's address, with the digest of its own content only."""
    return json.dumps({"imports": {name: asset_url(name) for name in _modules()}}, separators=(",", ":"))


@cache
def import_map_source() -> str:
    """The import map's hash as a source of Content-Security-Policy; it is the only inline script."""
    return inline_source(import_map())


def inline_source(text: str) -> str:
    """The hash of a script or style that stands in a page, as a source of Content-Security-Policy."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def preloads(*names: str) -> tuple[str, ...]:
    """The addresses of modules and of all they import, for modulepreload."""
    found: dict[str, None] = {}
    unread = [name for name in names if name]
    while unread:
        name = unread.pop()
        if name not in found:
            found[name] = None
            unread += _IMPORT.findall(bundles()[name].content.decode())
    return tuple(asset_url(name) for name in found)


@cache
def _worker_text() -> str:
    return _JS_NOISE.sub("", (SCRIPTS / WORKER).read_text(encoding="utf-8"))


def worker(guards: Mapping[str, str]) -> str:
    """The service worker's script with the addresses of the assets to cache and the headers of its pages."""
    constants = {"ASSETS": [asset_url(name) for name in bundles()], "GUARDS": dict(guards)}
    lines = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    return f"{lines}{_worker_text()}\n"


@cache
def bundles() -> dict[str, Bundle]:
    """The assets by name."""
    mark = _joined("image/svg+xml", _texts(STATIC / "mark.svg"), _CSS_NOISE)
    return {"app.css": stylesheet(), "mark.svg": mark, **_modules()}


def asset_url(name: str) -> str:
    """The bundle's address with its content's digest in it, so that it can be cached for ever."""
    return f"/assets/{bundles()[name].digest}/{name}"
