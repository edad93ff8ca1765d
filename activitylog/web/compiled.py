"""Compiled templates kept beside their sources, as Python keeps its modules."""

import contextlib
import sys
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class _Compiled(FileSystemBytecodeCache):
    """Where nothing can be kept, each process compiles for itself."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


def register(app: Flask) -> None:
    if app.template_folder and not sys.dont_write_bytecode:
        kept = Path(app.template_folder) / "__pycache__"
        app.jinja_options = {**app.jinja_options, "bytecode_cache": _Compiled(str(kept))}
