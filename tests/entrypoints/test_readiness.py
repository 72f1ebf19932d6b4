"""The service manager is told when the desk is ready and when it stops."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.entrypoints.readiness import Phase, tell


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.settimeout(60)
        yield bound


@pytest.mark.parametrize("kind", ["file", "abstract"])
def test_the_manager_hears_of_each_phase(
    kind: str, manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "notify")
    manager.bind(path if kind == "file" else f"\0{path}")
    monkeypatch.setenv("NOTIFY_SOCKET", path if kind == "file" else f"@{path}")

    tell(Phase.READY)
    tell(Phase.STOPPING)

    assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"STOPPING=1"]


def test_a_manager_that_cannot_be_told_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody listens here"))
    tell(Phase.READY)

    monkeypatch.delenv("NOTIFY_SOCKET")
    tell(Phase.READY)
