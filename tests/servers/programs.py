"""Starting programs for tests: found or said to be missing, awaited by condition, ended with whoever started them.

A missing program skips the test, and is an error where CI=true says that everything must be there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest

PATIENCE_SECONDS = 60  # for machines that are busy with other tests
POLL_SECONDS = 0.02
EPHEMERAL_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
FIRST_PORT = 10_000
MOST_LOG_CHARACTERS = 2_000
RESERVED: list[socket.socket] = []
FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/postfix/sbin")


def program(name: str, package: str) -> Path:
    """Return where a program is; without it the test is skipped, or fails where CI=true."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *FOLDERS)))
    if found is None:
        missing(f"{name} is not installed; on Debian, as root: apt-get install {package}")
    return Path(found)


def need_root(what: str) -> None:
    """Skip the test, or fail it where CI=true, unless it runs as root."""
    if os.geteuid() != 0:
        missing(f"{what} runs as root only")


def missing(reason: str) -> NoReturn:
    """Say that a test cannot be made here."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """Return a port of loopback that nobody listens on, kept for whoever asked until this process ends.

    The kernel gives ports of its ephemeral range to outgoing connections, and other tests make thousands of those
    before the server that gets this port has bound it: so it lies outside of that range.
    """
    lowest_ephemeral = int(EPHEMERAL_PORTS.read_text().split()[0])
    while True:
        port = FIRST_PORT + secrets.randbelow(lowest_ephemeral - FIRST_PORT)
        with suppress(OSError):
            _reserve(port)
            socket.create_server(("127.0.0.1", port)).close()
            return port


def _reserve(port: int) -> None:
    """Keep a port from the other processes of the tests, by a name that the kernel frees when this one ends."""
    name = socket.socket(socket.AF_UNIX)
    name.bind(f"\0mailgate-tests-port-{port}")
    RESERVED.append(name)


def is_listening(port: int) -> bool:
    """Tell whether something listens on that port of loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS):
            return True
    except OSError:
        return False


def await_condition(
    is_true: Callable[[], object],
    what: str,
    *,
    seconds: float = PATIENCE_SECONDS,
    process: subprocess.Popen[bytes] | None = None,
) -> None:
    """Return once the condition holds; fails when it takes too long, or when the process that brings it has ended."""
    begun = time.monotonic()
    while not is_true():
        if process is not None and process.poll() is not None:
            raise AssertionError(f"{what}: the program ended with status {process.returncode}")
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"{what}: not within {seconds} seconds")
        time.sleep(POLL_SECONDS)


@contextmanager
def running(
    command: Sequence[str] | Sequence[str | Path],
    folder: Path,
    *,
    user: str | None = None,
    stop_by: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a group of its own; the whole group is ended afterwards, first kindly.

    Should this process be killed, the kernel ends the server.
    """
    with (folder / "output.log").open("ab") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *(str(word) for word in command)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
        )
    try:
        yield process
    except Exception as error:
        error.add_note(f"{command[0]} said: {_last_words(folder)}")
        raise
    finally:
        end(process, stop_by=stop_by)


def _last_words(folder: Path) -> str:
    logs = {log.name: log.read_text(errors="replace")[-MOST_LOG_CHARACTERS:] for log in sorted(folder.glob("*.log"))}
    return "\n".join(f"[{name}] {text}" for name, text in logs.items())


def end(
    process: subprocess.Popen[bytes], *, kindly_seconds: float = 10, stop_by: signal.Signals = signal.SIGTERM
) -> None:
    """End a server and whatever it has started."""
    _signal_group(process, stop_by)
    with suppress(subprocess.TimeoutExpired):
        process.wait(kindly_seconds)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def run(command: Sequence[str | Path]) -> str:
    """Run a program to its end, which must be good, and return what it printed."""
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return done.stdout


@contextmanager
def open_folder(name: str) -> Iterator[Path]:
    """Make a temporary folder that servers may enter under users of their own, as they may not those of pytest."""
    with tempfile.TemporaryDirectory(prefix=f"mailgate-{name}-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


#: What `run` raises where a program fails.
FAILED = subprocess.CalledProcessError
