"""The wheel: what is installed from it has everything that the checkout has at run time, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the wheel, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_the_wheel_has_the_whole_package_with_its_types(contents: dict[str, bytes]) -> None:
    package = [str(path.relative_to(ROOT)) for path in files(ROOT / "mailgate")]

    assert "mailgate/py.typed" in package
    assert set(package) <= set(contents)


def test_the_wheel_has_the_text_of_every_notice(contents: dict[str, bytes]) -> None:
    texts = files(ROOT / "templates")

    assert {path.relative_to(ROOT / "templates").parts[0] for path in texts} >= {"fr", "en", "es"}
    for path in texts:
        assert contents[f"mailgate/{path.relative_to(ROOT)}"] == path.read_bytes()


def test_the_wheel_has_the_migrations(contents: dict[str, bytes]) -> None:
    migrations = {name for name in contents if name.startswith("mailgate/store/migrations/")}

    assert "mailgate/store/migrations/env.py" in migrations
    assert any(name.startswith("mailgate/store/migrations/versions/") for name in migrations)


def test_the_wheel_has_the_example_of_a_configuration(contents: dict[str, bytes]) -> None:
    assert contents["mailgate/config.example.toml"] == (ROOT / "config.example.toml").read_bytes()


def test_the_wheel_has_the_licence_and_nothing_beside_the_package(contents: dict[str, bytes]) -> None:
    [licence] = [name for name in contents if name.endswith("/licenses/LICENSE")]

    assert contents[licence] == (ROOT / "LICENSE").read_bytes()
    assert {name.partition("/")[0].partition("-")[0] for name in contents} == {"mailgate"}
