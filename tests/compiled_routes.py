"""Compiles routes once for all applications of a process, which is most of an application's start."""

from typing import Any

from flask import Flask
from werkzeug.routing import Rule


class CompiledOnce(Rule):
    """A route that reuses the compiled form of the first one with the same address."""

    _compiled: dict[tuple[object, ...], dict[str, Any]] = {}

    def compile(self) -> None:
        key = (self.rule, self.endpoint, frozenset(self.methods or ()), repr(self.defaults))
        if key not in self._compiled:
            super().compile()
            self._compiled[key] = {name: value for name, value in vars(self).items() if name != "map"}
        vars(self).update(self._compiled[key])


def share() -> None:
    """Use it for all applications of this process."""
    Flask.url_rule_class = CompiledOnce
