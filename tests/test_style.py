"""The house's rules for the source, as far as no linter knows them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mailgate"
MODULES = sorted(PACKAGE.rglob("*.py"))
NO_TABLES = [path for path in MODULES if "versions" not in path.parts]  # a table of a migration is as long as it is

LONGEST_FUNCTION = 60
LONG_FUNCTION = 40
LONG_FUNCTIONS = 5

NAMES_THAT_SAY_NOTHING = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}
NOT_OURS = {".git", ".hypothesis", ".venv", "var", "build", "dist", "__pycache__"}
TEXTS = {"", ".css", ".html", ".ini", ".j2", ".json", ".mako", ".md", ".py", ".pyi", ".toml", ".txt", ".yaml", ".yml"}

# A path that begins at the root, so not the end of an address in the web or of a longer path
_OF_ONE_MACHINE = re.compile(r"(?<![\w.$})/<>-])/(?:home|root|Users|work)/[\w.]")


def identity(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def texts() -> list[Path]:
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.suffix in TEXTS
        and path.is_file()
        and not any(part in NOT_OURS or part.endswith("_cache") for part in path.relative_to(ROOT).parts)
    ]


@pytest.mark.parametrize("path", MODULES, ids=identity)
def test_a_module_opens_with_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=identity)
def test_a_module_is_named_after_its_subject(path: Path) -> None:
    assert NAMES_THAT_SAY_NOTHING.isdisjoint(path.stem.split("_"))


@pytest.mark.parametrize("path", MODULES, ids=identity)
def test_no_function_is_longer_than_the_ceiling(path: Path) -> None:
    assert [f"{each.name}: {lines(each)}" for each in functions(path) if lines(each) > LONGEST_FUNCTION] == []


def test_long_functions_stay_exceptions() -> None:
    long = [
        f"{identity(path)}: {each.name}"
        for path in NO_TABLES
        for each in functions(path)
        if lines(each) > LONG_FUNCTION
    ]

    assert len(long) <= LONG_FUNCTIONS, long


@pytest.mark.parametrize(
    "path", sorted([*(PACKAGE / "domain").rglob("*.py"), *(PACKAGE / "services").rglob("*.py")]), ids=identity
)
def test_domain_and_services_are_told_the_time(path: Path) -> None:
    clocks = {"utcnow", "today", "sleep", "localtime", "gmtime", "monotonic"}
    if "domain" in path.parts:
        clocks |= {"now", "time_ns", "perf_counter"}
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]

    for call in calls:
        read = ast.unparse(call.func)
        assert read.rpartition(".")[2] not in clocks, f"line {call.lineno} reads a clock: {read}"
        assert read != "datetime.now" or call.args or call.keywords, f"line {call.lineno} makes a naive moment"


def test_no_text_names_a_folder_of_one_machine() -> None:
    found = [
        f"{identity(path)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if _OF_ONE_MACHINE.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("line", ["see /" + "home/alice/mail", 'open("/' + 'work/x")', "(/" + "root/.ssh)"])
def test_such_a_folder_would_be_found(line: str) -> None:
    assert _OF_ONE_MACHINE.search(line)


@pytest.mark.parametrize("line", ["https://example.org/home/alice", "var/spool/x", "/srv/mail", "</root/x>"])
def test_other_paths_are_left_alone(line: str) -> None:
    assert not _OF_ONE_MACHINE.search(line)
