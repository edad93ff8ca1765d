"""The declaration the product ships with: real figures and real quirks, goal texts of our own."""

from pathlib import Path


def sample_path() -> Path:
    return Path(__file__).with_name("declaration-sample.txt")
