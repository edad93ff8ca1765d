"""Finds string constants in code and templates, for the tests that keep knowledge in its tables."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Mention:
    """A string constant; `beside` is the name it is compared with, looked up in or given to, and `among` the
    other strings of its tuple, list, set, dictionary keys or values."""

    word: str
    line: int
    beside: str = ""
    among: frozenset[str] = frozenset()


@cache
def mentions_in_package() -> tuple[tuple[str, Mention], ...]:
    """(file, mention) of every module and template, without migrations and tests."""
    return tuple(_read())


def _read() -> Iterator[tuple[str, Mention]]:
    for path in sorted((ROOT / "activitylog").rglob("*.py")):
        for mention in in_python(path.read_text()):
            yield str(path.relative_to(ROOT)), mention
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for mention in in_template(path.read_text()):
            yield str(path.relative_to(ROOT)), mention


def in_python(text: str) -> Iterator[Mention]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Mention(node.value, node.lineno)
        yield from _lookups(node)
        yield from _tables(node)


def _lookups(node: ast.AST) -> Iterator[Mention]:
    match node:
        case ast.Compare():
            sides = [node.left, *node.comparators]
            for name in filter(None, map(_name, sides)):
                yield from _beside(name, sides)
        case ast.Match():
            patterns = [part for case in node.cases for part in ast.walk(case.pattern)]
            yield from _beside(_name(node.subject), patterns)
        case ast.Call(func=func):
            is_lookup = isinstance(func, ast.Attribute) and func.attr in {"in_", "not_in", "get"}
            yield from _beside(_name(func.value if is_lookup else func), node.args)
            for keyword in node.keywords:
                yield from _beside(keyword.arg or "", [keyword.value])
        case ast.Subscript():
            yield from _beside(_name(node.value), [node.slice])


def _tables(node: ast.AST) -> Iterator[Mention]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            yield from _beside(name, [node.value])
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            yield from _among(parts)
        case ast.Dict():
            yield from _among([key for key in node.keys if key is not None])
            yield from _among(node.values)


def _beside(name: str, parts: Sequence[ast.AST]) -> Iterator[Mention]:
    for part in parts:
        inner = part.elts if isinstance(part, ast.Tuple | ast.List | ast.Set) else [part]
        for each in inner:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield Mention(each.value, each.lineno, beside=name)


def _among(parts: Sequence[ast.expr]) -> Iterator[Mention]:
    words = [each for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    among = frozenset(str(each.value) for each in words)
    for each in words:
        yield Mention(str(each.value), each.lineno, among=among)


def _name(node: ast.AST) -> str:
    """The last identifier: `measure` of row.measure, `key` of row.measure.key."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def in_template(text: str) -> Iterator[Mention]:
    tree = Environment(autoescape=True).parse(text)
    yield from _constants([tree])
    for compare in tree.find_all(nodes.Compare):
        sides = [compare.expr, *(each.expr for each in compare.ops)]
        for name in filter(None, map(_template_name, sides)):
            yield from _constants(sides, beside=name)
    for items in tree.find_all((nodes.Tuple, nodes.List)):
        among = frozenset(mention.word for mention in _constants(items.items))
        yield from _constants(items.items, among=among)


def _constants(
    parts: Sequence[nodes.Node], *, beside: str = "", among: frozenset[str] = frozenset()
) -> Iterator[Mention]:
    for part in parts:
        for each in (part, *part.find_all(nodes.Const)):
            if isinstance(each, nodes.Const) and isinstance(each.value, str):
                yield Mention(each.value, each.lineno, beside, among)


def _template_name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return str(node.attr)
    return str(node.name) if isinstance(node, nodes.Name) else ""
