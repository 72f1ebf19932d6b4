"""The set-up guide does what it says: its files are right, its commands work in their order, its Postfix leads mail in.

What only a machine of its own can show, packages, users, services and DNS, was carried out once from the page and is
not repeated here.
"""

from __future__ import annotations

import re
import shlex
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from mailgate.config import load
from mailgate.store import inbox
from tests.entrypoints.command_line import CommandLine
from tests.entrypoints.serving import ServedDesk, installed_desk, question
from tests.servers import programs
from tests.servers.postfix import Postfix, running_postfix
from tests.servers.programs import await_condition

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/setup.md").read_text(encoding="utf-8")

CONFIG = "/etc/mailgate/config.toml"
TABLE = "/etc/postfix/mailgate"
FOREIGN_RESULTS = "/etc/postfix/foreign-results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of the page: where it stands, the file that it is where it is one, its language, its text."""

    heading: str
    file: str
    language: str
    text: str


def blocks() -> list[Block]:
    found, heading = [], ""
    pattern = re.compile(r"^#+ ([^\n]+)$|(?:^`(/\S+)`\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    for match in pattern.finditer(PAGE):
        heading = match[1] or heading
        if match[3]:
            found.append(Block(heading=heading, file=match[2] or "", language=match[3], text=match[4]))
    return found


def commands(heading: str) -> list[list[str]]:
    """Return the commands of a section, split into words."""
    lines = "".join(block.text for block in blocks() if block.heading == heading and block.language == "sh")
    return [shlex.split(line, comments=True) for line in lines.splitlines()]


def file_of(heading: str, path: str) -> str:
    (found,) = [block.text for block in blocks() if block.heading == heading and block.file == path]
    return found


def test_every_configuration_on_the_page_is_right(tmp_path: Path) -> None:
    written = [block.text for block in blocks() if block.language == "toml"]

    password = tmp_path / "mailbox.password"
    password.write_text("secret", encoding="ascii")
    password.chmod(0o600)
    assert len(written) >= 5
    for number, text in enumerate(written):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        load(path)


def test_the_commands_of_the_page_work_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(file_of("The settings behind Postfix", CONFIG), encoding="utf-8")
    call = CommandLine(tmp_path)
    typed = [words[1:] for heading in ("4 Start", "5 The first ticket") for words in commands(heading)]
    ours = [words for words in typed if words and words[0] in call.done("--help").split()]

    assert len(ours) >= 9
    for words in ours:
        call.done(*words)
    assert "10 h" in call.done("pack", "list")


def test_the_program_for_tokens_prints_the_one_that_it_is_given(tmp_path: Path) -> None:
    secret = tmp_path / "client.secret"
    secret.write_text("a secret\n", encoding="ascii")
    program = file_of("Microsoft 365", "/usr/local/bin/mailgate-token")
    with answering_tokens() as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        adapted = re.sub(r"^URL = .*$", f'URL = "{url}"', program, flags=re.MULTILINE)
        path = tmp_path / "mailgate-token"
        path.write_text(adapted.replace("/etc/mailgate/client.secret", str(secret)), encoding="utf-8")
        done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "token-of-the-server\n"
    (form,) = server.forms
    assert form["client_secret"] == ["a secret"]
    assert form["grant_type"] == ["client_credentials"]


class TokenServer(ThreadingHTTPServer):
    """Gives a token to whoever asks, and keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TokenRequest)
        self.forms: list[dict[str, list[str]]] = []


class TokenRequest(BaseHTTPRequestHandler):
    """One request for a token."""

    server: TokenServer

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
        self.server.forms.append(parse_qs(form))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"token_type": "Bearer", "expires_in": 3599, "access_token": "token-of-the-server"}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def answering_tokens() -> Iterator[TokenServer]:
    with TokenServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_the_service_is_the_one_that_the_page_installs() -> None:
    unit = (ROOT / "docs/mailgate.service").read_text(encoding="utf-8")
    (program,) = re.findall(r"^ExecStart=(\S+) serve --config (\S+)$", unit, re.MULTILINE)
    install = [word for words in commands("1 Install") for word in words]

    assert program == ("/opt/mailgate/.venv/bin/mailgate", CONFIG)
    assert program[0] in install
    assert re.findall(r"^(?:User|StateDirectory)=(.*)$", unit, re.MULTILINE) == ["mailgate", "mailgate"]
    assert "/var/lib/mailgate" in install


# --- Postfix in front -------------------------------------------------------------------------------------------------


def postfix_settings(folder: Path, port: int, *headings: str) -> str:
    """Write the tables of these sections, and return their settings, for a Postfix that serves the page's domain."""
    lines = ["mydestination = example.org"]
    for block in blocks():
        if block.heading in headings and block.file.startswith("/etc/postfix/"):
            table = folder / Path(block.file).name
            table.write_text(block.text.replace(":2424", f":{port}"), encoding="ascii")
            table.chmod(0o644)
    typed = [words for heading in headings for words in commands(heading) if words[:2] == ["postconf", "-e"]]
    # the programs that check signatures are not here
    lines += [words[2].replace("/etc/postfix/", f"{folder}/") for words in typed if "milter" not in words[2]]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDesk]:
    settings = f"[lmtp]\nenabled = true\nport = {programs.free_port()}\n"
    with installed_desk(tmp_path_factory.mktemp("desk"), settings) as desk:
        desk.start()
        yield desk


@pytest.fixture(scope="module")
def postfix(desk: ServedDesk) -> Iterator[Postfix]:
    with programs.open_folder("tables") as folder:
        settings = postfix_settings(folder, desk.port("lmtp"), "Postfix in front", "Who wrote?")
        with running_postfix(settings) as postfix:
            yield postfix


@pytest.mark.timeout(240)
@pytest.mark.parametrize("local_part", ["support", "support+r1-1-abcdefghijklmnop"])
def test_postfix_leads_the_addresses_of_the_desk_to_it(postfix: Postfix, desk: ServedDesk, local_part: str) -> None:
    address = f"{local_part}@example.org"

    assert postfix.send("hugo@saint-remy.example.com", [address], question(len(local_part), to=address)) == {}
    await_condition(lambda: address in {found for line in desk.inbox() for found in line.rcpt_to}, "the mail arrives")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("local_part", ["supporters", "unsupport", "sales+support"])
def test_postfix_refuses_addresses_of_nobody(postfix: Postfix, local_part: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        postfix.send("hugo@saint-remy.example.com", [f"{local_part}@example.org"], question(100))

    assert [code for code, _ in refused.value.recipients.values()] == [550]


@pytest.mark.timeout(240)
def test_postfix_deletes_what_a_sender_says_in_its_name(postfix: Postfix, desk: ServedDesk) -> None:
    forms = ("mx.example.org; dmarc=pass", '"mx.example.org" 1; dmarc=pass', "(x)\r\n MX.example.org; dkim=pass")
    forged = "".join(f"Authentication-Results: {form} header.from=saint-remy.example.com\r\n" for form in forms)
    before = len(desk.inbox())
    plain = question(200).partition(b"From:")[2]

    postfix.send("evil@example.net", ["support@example.org"], forged.encode() + b"From:" + plain)
    await_condition(lambda: len(desk.inbox()) == before + 1, "the mail arrives")

    with desk.app.database.reading() as tx:
        stored = inbox.raw(tx, desk.inbox()[-1].id)
    assert b"authentication-results" not in stored.lower()
