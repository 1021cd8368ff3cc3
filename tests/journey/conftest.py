"""The app as its user meets it: worker and dashboard as processes on a data directory, a real browser before them."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from core.config import PROJECT_ROOT
from core.services.workspace import Workspace, worker_status

START_SECONDS = 60
WAIT_MS = 20_000
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture
def chromium() -> str:
    """Return the browser's path; without a browser the journey is left out, but never in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine; `apt-get install chromium` runs the browser journey")
    assert found, "CI has to have a Chromium: the browser journey is the test of the main job"
    return found


@pytest.fixture
def address(workspace: Workspace, tmp_path: Path) -> Iterator[str]:
    """Start worker and dashboard on the test's data directory and return the dashboard's address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "TRENDVANE_HOME": str(workspace.settings.home), "TRENDVANE_THREADS": "1"}
    dashboard = ["streamlit", "run", "app.py", f"--server.port={port}", "--server.address=127.0.0.1"]
    with (tmp_path / "processes.log").open("w") as log:
        around = {"cwd": PROJECT_ROOT, "env": environment, "stdout": log, "stderr": log}
        commands = (["core", "worker"], dashboard)
        processes = [subprocess.Popen([sys.executable, "-m", *command], **around) for command in commands]
        try:
            _wait_until_up(base, workspace, processes, tmp_path / "processes.log")
            yield base
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=20)


def _wait_until_up(base: str, workspace: Workspace, processes: list[subprocess.Popen], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in processes), log.read_text()
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=1):
                if worker_status(workspace).alive:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"not up after {START_SECONDS} s: {log.read_text()}")


@pytest.fixture
def browser_page(chromium: str) -> Iterator[Page]:
    """An English browser window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US").new_page()
        page.set_default_timeout(WAIT_MS)
        yield page
        browser.close()
