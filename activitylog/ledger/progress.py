"""How long work tells how far it is; who listens is the command's business."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then with the stage's name, what is done and what there is to do."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""
