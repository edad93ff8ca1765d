"""Addresses compiled once for all applications of a process: nearly all that making an application takes."""

from typing import Any

from flask import Flask
from werkzeug.routing import Rule


class CompiledOnce(Rule):
    """A route that takes over what the first one of the same address has worked out."""

    _compiled: dict[tuple[object, ...], dict[str, Any]] = {}

    def compile(self) -> None:
        key = (self.rule, self.endpoint, frozenset(self.methods or ()), repr(self.defaults))
        if key not in self._compiled:
            super().compile()
            self._compiled[key] = {name: value for name, value in vars(self).items() if name != "map"}
        vars(self).update(self._compiled[key])


def share() -> None:
    """From now on, for all applications of this process."""
    Flask.url_rule_class = CompiledOnce
