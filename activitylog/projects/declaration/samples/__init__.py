"""The sample declaration: real figures and real irregularities, goal texts of our own."""

from pathlib import Path


def sample_path() -> Path:
    return Path(__file__).with_name("declaration-sample.txt")
