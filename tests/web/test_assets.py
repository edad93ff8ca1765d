import gzip
import json
import re
from base64 import b64encode
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest

from activitylog.web.assets import STATIC, asset_url, bundles, import_map, import_map_source, preloads

TEMPLATES = Path(__file__).parents[2] / "templates"
SURFACES = ("paper", "rail", "sheet")
ON_SURFACES = ("ink", "quiet", "accent", "accent-deep", "call", "red", "amber", "green", "blue")
TINTS = ("accent", "call", "red", "amber", "green", "blue")
ON_TINTS = [
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-call", "call"),
    ("on-call", "call-deep"),
    ("accent-deep", "accent-weak"),
    ("call-deep", "call-weak"),
    *((word, f"{word}-weak") for word in ("accent", "call", "red", "amber", "green", "blue")),
    *product(("ink", "quiet", "accent"), [f"{word}-weak" for word in TINTS]),
]


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _palettes() -> dict[str, dict[str, str]]:
    texts = [(STATIC / "css" / f"{name}.css").read_text(encoding="utf-8") for name in ("tokens", "dark")]
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", text)) for text in texts)
    assert light.keys() == dark.keys()
    return {"light": light, "dark": dark}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_is_readable_where_it_stands(scheme: str) -> None:
    palette = _palettes()[scheme]
    poor = [
        (text, ground)
        for text, ground in [*product(ON_SURFACES, SURFACES), *ON_TINTS]
        if _contrast(palette[text], palette[ground]) < 4.5
    ]
    assert poor == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_box_and_mark_is_seen_where_it_stands(scheme: str) -> None:
    palette = _palettes()[scheme]
    marks = ("edge", "accent", "call", "red", "amber", "green", "blue")
    assert [
        pair for pair in product(marks, SURFACES) if _contrast(*(palette[name] for name in pair)) < 3
    ] == []


def test_styles_and_scripts_stay_small_enough_for_a_phone_in_a_hall() -> None:
    sent = {name: len(gzip.compress(bundle.content)) for name, bundle in bundles().items()}
    assert sent["app.css"] < 10_500

    def scripts(*names: str) -> int:
        return sum(size for name, size in sent.items() if asset_url(name) in preloads(*names))

    assert scripts("behaviours.js") < 5_100
    assert scripts("behaviours.js", "phone/start.js") < 21_600


def test_an_address_changes_with_its_content() -> None:
    assert asset_url("app.css") == f"/assets/{bundles()['app.css'].digest}/app.css"


def _imports(name: str) -> list[str]:
    return re.findall(r'^import .* from "(.+)";$', bundles()[name].content.decode(), re.MULTILINE)


MODULES = [name for name in bundles() if name.endswith(".js")]


def test_every_module_is_imported_by_a_name_the_map_knows() -> None:
    known = json.loads(import_map())["imports"]
    assert known == {name: asset_url(name) for name in MODULES}
    assert {each for name in MODULES for each in _imports(name)} <= known.keys()
    assert "worker.js" not in known


def test_a_module_imports_what_the_other_exports() -> None:
    for name in MODULES:
        text = bundles()[name].content.decode()
        for names, module in re.findall(r'^import {(.+)} from "(.+)";$', text, re.MULTILINE):
            other = bundles()[module].content.decode()
            exported = re.findall(r"^export (?:const|let|class) (\w+)", other, re.MULTILINE)
            assert {each.strip() for each in names.split(",")} <= set(exported), (name, module)


def test_a_page_fetches_few_modules_and_all_it_needs_at_once() -> None:
    assert set(preloads("behaviours.js", "")) == {asset_url("behaviours.js"), asset_url("photos.js")}
    assert len(preloads("behaviours.js", "phone/start.js")) == len(MODULES) - 1 == 9
    assert asset_url("desk.js") not in preloads("behaviours.js", "phone/start.js")


def test_the_import_map_is_the_one_inline_script_that_is_allowed() -> None:
    digest = b64encode(sha256(import_map().encode()).digest()).decode()
    assert import_map_source() == f"'sha256-{digest}'"


def test_every_component_stylesheet_belongs_to_a_component_of_its_name() -> None:
    styles = {path.stem for path in (STATIC / "css" / "components").glob("*.css")}
    assert styles <= {path.stem for path in (TEMPLATES / "components").glob("*.html")}


def test_components_take_colours_from_the_tokens_only() -> None:
    coloured = {
        path.name
        for path in (STATIC / "css" / "components").glob("*.css")
        if re.search(r"#[0-9a-f]{3,6}\b", path.read_text(encoding="utf-8")) and path.stem != "qr"
    }
    assert coloured == set()


def test_templates_carry_no_inline_style_or_handler() -> None:
    inline = re.compile(r"\s(style|on[a-z]+)=\"|<script(?![^>]*\bsrc=)")
    offenders = {path.name for path in TEMPLATES.rglob("*.html") if inline.search(path.read_text("utf-8"))}
    # the attendee's page is one request, and the import map must stand in the page: both known by a digest
    assert offenders == {"survey.html", "head.html"}
