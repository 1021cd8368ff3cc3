"""Dashboard and worker as two processes that start and end together."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from core.config import PROJECT_ROOT
from core.errors import MachineError

HOST = "127.0.0.1"
READY_SECONDS = 60
WARM_SECONDS = 20


def check_port(port: int) -> None:
    """Raise MachineError where the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise MachineError(
                "Port {port} is taken by another program; stop it, or choose another: `make run PORT={other}`.",
                port=port,
                other=port + 1,
            ) from error


def run_together(port: int, *, say: Callable[[str], None]) -> int:
    """Start worker and dashboard, print the address once it answers, and end both when either ends or on Ctrl-C.

    Return 0 after Ctrl-C (or SIGTERM), 1 where one of them ended by itself.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    worker = subprocess.Popen([sys.executable, "-m", "core", "worker"], cwd=PROJECT_ROOT)
    options = [f"--server.port={port}", f"--server.address={HOST}", "--server.scriptHealthCheckEnabled=true"]
    dashboard = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
    )
    processes = {"worker": worker, "dashboard": dashboard}
    try:
        _wait_until_ready(port, processes)
        _warm(port)
        say(f"Trendvane is at http://{HOST}:{port} (Ctrl-C ends it).")
        while not _ended(processes):
            time.sleep(0.3)
        say(f"The {', '.join(_ended(processes))} ended unexpectedly; the lines above say why.")
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        _end(list(processes.values()))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _ended(processes: dict[str, subprocess.Popen[bytes]]) -> list[str]:
    return [name for name, process in processes.items() if process.poll() is not None]


def _wait_until_ready(port: int, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and not _ended(processes):
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


def _warm(port: int) -> None:
    """Have the overview drawn once, so that whoever comes first does not wait for libraries to load."""
    with contextlib.suppress(urllib.error.URLError, OSError):
        urllib.request.urlopen(f"http://{HOST}:{port}/_stcore/script-health-check", timeout=WARM_SECONDS).close()


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()  # safe: a worker that is killed goes on where it was
            process.wait()
