"""Setting up and running an installation by the command line: init, check-config, serve, and what can go wrong."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import structlog

from tests.entrypoints.command_line import ORGANISATION, CommandLine
from tests.servers.programs import free_port

PATIENCE_SECONDS = 30


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def write_config(call: CommandLine, text: str, name: str = "config.toml") -> None:
    (call.folder / name).write_text(text, encoding="utf-8")


# --- init -------------------------------------------------------------------------------------------------------------


def test_init_creates_what_is_missing_and_says_what_to_do_next(nothing: CommandLine) -> None:
    printed = nothing.done("init")

    assert "wrote config.toml" in printed
    assert printed.endswith("/mailgate serve\n")
    assert (nothing.folder / "var/mailgate.db").exists()
    assert (nothing.folder / "var/address.key").stat().st_mode & 0o077 == 0


def test_init_changes_nothing_that_is_there(desk: CommandLine) -> None:
    before = [(desk.folder / name).read_bytes() for name in ("config.toml", "var/address.key")]

    printed = desk.done("init")

    assert "wrote" not in printed
    assert [(desk.folder / name).read_bytes() for name in ("config.toml", "var/address.key")] == before
    assert ORGANISATION in desk.done("org", "list")


def test_a_database_of_a_newer_version_is_refused(desk: CommandLine) -> None:
    with closing(sqlite3.connect(desk.folder / "var/mailgate.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert "newer version" in desk.refused("init", status=78)


def test_a_folder_that_cannot_be_written_is_named(nothing: CommandLine) -> None:
    (nothing.folder / "taken").write_text("not a folder")

    assert nothing.refused("init", "-c", "taken/config.toml", status=74) == "taken: File exists"


# --- configuration ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["org list", "ticket show 1", "check-config", "serve"])
def test_without_a_configuration_file_the_way_to_one_is_shown(nothing: CommandLine, words: str) -> None:
    assert nothing.refused(*words.split(), status=78) == (
        "there is no configuration file config.toml; name yours with --config, or create one with: mailgate init"
    )


def test_the_way_to_a_configuration_file_can_be_typed_as_it_stands(nothing: CommandLine) -> None:
    complaint = nothing.refused("org", "list", "-c", "my desk/config.toml", status=78)

    nothing.done(*shlex.split(complaint.partition(": mailgate ")[2]))

    assert nothing.done("org", "list", "-c", "my desk/config.toml").startswith("no organisation yet")


def test_without_a_database_the_way_to_one_is_shown(nothing: CommandLine) -> None:
    write_config(nothing, "")

    assert nothing.refused("org", "list", status=78) == (
        "the database is not set up for this version; run: mailgate init"
    )


def test_a_wrong_configuration_reports_all_its_errors_at_once(nothing: CommandLine) -> None:
    write_config(nothing, '[desk]\naddress = "desk"\n[smtp]\nport = "x"\nhots = 1\n')

    for words in ("check-config", "org list", "serve"):
        complaint = nothing.refused(*words.split(), status=78)
        assert [line.partition(":")[0] for line in complaint.splitlines()[1:]] == [
            "desk.address",
            "smtp.port",
            "smtp.hots",
        ]


def test_check_config_shows_every_setting_as_the_file_writes_it(desk: CommandLine) -> None:
    lines = desk.done("check-config").splitlines()

    assert 'desk.address = "support@example.org"' in lines
    assert 'calendar.hours.monday = ["09:00-18:00"]' in lines
    assert "catalogue.1.price_cents = 180000" in lines
    assert lines[-1] == "config.toml is right"


def test_check_config_gives_programs_the_sections_as_they_are(desk: CommandLine) -> None:
    settings = desk("check-config", "--json").json

    assert settings["support"]["slice_minutes"] == 15
    assert [pack["code"] for pack in settings["catalogue"]] == ["10h", "20h", "100h"]


def test_check_config_never_shows_a_secret(nothing: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    write_config(nothing, '[outgoing]\nsmarthost = "mail.example.org"\nusername = "desk"\n')
    monkeypatch.setenv("MAILGATE_OUTGOING__PASSWORD", "swordfish")

    for words in (["check-config"], ["check-config", "--json"]):
        assert "swordfish" not in nothing.done(*words)


# --- any command ------------------------------------------------------------------------------------------------------


def test_the_version_is_that_of_the_package(nothing: CommandLine) -> None:
    words = nothing.done("--version").split()

    assert words[0] == "mailgate"
    assert words[1][0].isdigit()


def test_what_the_database_reports_is_told_with_the_status_for_trying_again(desk: CommandLine) -> None:
    (desk.folder / "var/mailgate.db").write_bytes(b"no database at all, but long enough to be read" * 100)

    complaint = desk.refused("org", "list", status=75)

    assert complaint.endswith("file is not a database")
    assert "\n" not in complaint


def python_m_mailgate(*words: str) -> list[str]:
    return [sys.executable, "-m", "mailgate", *words]


def test_a_reader_that_has_gone_is_no_error_to_complain_about(desk: CommandLine) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            python_m_mailgate("check-config"), cwd=desk.folder, stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (1, b"")


def test_text_that_the_locale_lacks_is_escaped(desk: CommandLine) -> None:
    assert "Saint-R\\xe9my" in desk("org", "list", encoding="ascii").out
    assert "Saint-R\\u00e9my" in desk("org", "list", "--json", encoding="ascii").out


# --- serve ------------------------------------------------------------------------------------------------------------


class Daemon:
    """`mailgate serve` in a process of its own, as its user starts it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def read_until(self, words: str) -> str:
        """Return what it prints up to the line with these words."""
        assert self.process.stdout is not None
        printed = ""
        while words not in printed:
            line = self.process.stdout.readline()
            assert line, f"it ended: {self.process.communicate()[1]}"
            printed += line
        return printed

    def stop(self, number: signal.Signals) -> tuple[str, str]:
        """Send the signal, and return what else it printed, and its log."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=PATIENCE_SECONDS)


@contextmanager
def serving(folder: Path) -> Iterator[Daemon]:
    with subprocess.Popen(
        python_m_mailgate("serve"), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Daemon(process)
        finally:
            process.kill()


def test_serve_runs_until_ctrl_c_and_is_alone_on_its_database(desk: CommandLine) -> None:
    write_config(desk, "[smtp]\nport = 0\n")

    with serving(desk.folder) as daemon:
        started = daemon.read_until("stop with Ctrl-C")
        assert started.startswith("mailgate takes mail for support@example.org on 127.0.0.1:")
        assert desk.refused("serve", status=75) == (
            f"another mailgate already serves {desk.folder / 'var/mailgate.db'}; stop it first"
        )
        assert ORGANISATION in desk.done("org", "list")
        rest, log = daemon.stop(signal.SIGINT)

    assert daemon.process.returncode == 0
    assert "First steps" not in rest
    assert "stopped" in log
    assert "Traceback" not in log


def test_the_first_steps_can_be_typed_as_they_stand(nothing: CommandLine) -> None:
    write_config(nothing, "[smtp]\nport = 0\n")

    with serving(nothing.folder) as daemon:
        daemon.read_until("First steps")
        for command in commands_in(daemon.read_until("ticket list")):
            if command[0].endswith("mailgate"):
                nothing.done(*command[1:])
            else:
                subprocess.run(command, cwd=nothing.folder, check=True)
        assert "PostGIS" in eventually(nothing, "ticket list")
        daemon.stop(signal.SIGTERM)

    assert daemon.process.returncode == 0


def test_no_smtp_is_spoken_to_a_listener_for_lmtp(nothing: CommandLine) -> None:
    write_config(nothing, "[smtp]\nenabled = false\n[lmtp]\nenabled = true\nport = 0\n")

    with serving(nothing.folder) as daemon:
        daemon.read_until("First steps")
        steps = daemon.read_until("ticket list")
        daemon.stop(signal.SIGTERM)

    assert "pack add" in steps
    assert "smtplib" not in steps


def test_a_desk_that_only_reads_a_mailbox_says_so(nothing: CommandLine) -> None:
    mailbox = (
        f'host = "127.0.0.1"\nport = {free_port()}\ntls = "none"\nusername = "desk"\npassword_command = "echo x"\n'
    )
    write_config(nothing, f"[smtp]\nenabled = false\n[[mailbox]]\n{mailbox}")

    with serving(nothing.folder) as daemon:
        said = daemon.read_until("ticket list")
        daemon.stop(signal.SIGTERM)

    assert said.startswith("mailgate takes mail for support@example.org from the mailbox of desk at 127.0.0.1 (IMAP)\n")
    assert "pack add" in said
    assert daemon.process.returncode == 0


def commands_in(steps: str) -> list[list[str]]:
    """Split the indented lines into commands as a shell does; a quotation may span lines."""
    commands, unfinished = [], ""
    for line in steps.splitlines():
        if line.startswith("  "):
            unfinished += f"{line}\n"
            with suppress(ValueError):  # no closing quotation mark yet
                commands.append(shlex.split(unfinished))
                unfinished = ""
    return commands


def eventually(call: CommandLine, words: str) -> str:
    """Repeat a listing until it lists something: another process does the work."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (printed := call.done(*words.split())).startswith("no ") and time.monotonic() < end:
        time.sleep(0.02)
    return printed


def test_a_port_that_is_taken_is_said_to_be(desk: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        write_config(desk, f"[smtp]\nport = {port}\n")

        assert desk.refused("serve", status=75) == (
            f"cannot listen on 127.0.0.1, port {port}: another program does; "
            "stop that one, or set smtp.port to another number"
        )


def test_a_host_that_this_machine_does_not_have_is_said_to_be(desk: CommandLine) -> None:
    write_config(desk, '[smtp]\nhost = "192.0.2.1"\n')

    assert desk.refused("serve", status=78) == (
        "cannot listen on 192.0.2.1, port 2525: this machine does not have that address; "
        "set smtp.host to one of its own"
    )
