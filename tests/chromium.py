"""Finds and starts the browser of the tests: the system's Chromium, else Playwright's, else none."""

import functools
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from dev import BROWSERS

# No sandbox, because root has none; the others stop background network traffic.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@functools.cache
def executable() -> str | None:
    """The path of the browser, or None."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        downloaded = playwright.chromium.executable_path
    return downloaded if Path(downloaded).exists() else None


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
