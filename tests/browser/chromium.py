"""The browser of the browser tests: found, or else installed, and named.

`python -m tests.browser.chromium` is what `make test` runs first. It takes a Chromium or Chrome on the PATH, else
Playwright's own, else installs the system's package, and prints which it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ON_THE_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Each package manager's way to install its Chromium; the first one that is there is asked.
SYSTEM_PACKAGES = {
    "apt-get": "apt-get update -qq && apt-get install -y -qq chromium",
    "dnf": "dnf install -y -q chromium",
    "pacman": "pacman -Sy --noconfirm chromium",
    "apk": "apk add chromium",
}
NONE_FOUND = (
    "the browser tests need a Chromium and found none: install the system's package `chromium`, or run "
    "`.venv/bin/playwright install chromium`"
)


def find_browser() -> str | None:
    """The program to start: on the PATH, else Playwright's own, else None."""
    for name in ON_THE_PATH:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install_browser() -> None:
    """The system's package where its manager may be used without asking, else Playwright's own."""
    for manager, command in SYSTEM_PACKAGES.items():
        if shutil.which(manager):
            asking = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
            if subprocess.run([*asking, "sh", "-c", command], check=False, timeout=900).returncode == 0:
                return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, timeout=600)


def main() -> int:
    """Find or install, and say which."""
    path = find_browser()
    if path is None:
        install_browser()
        path = find_browser()
    if path is None:
        print(NONE_FOUND, file=sys.stderr)
        return 1
    print(f"browser tests use {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
