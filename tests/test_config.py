"""The configuration: what a wrong file is told, where secrets come from, and that the example tells the truth."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from mailgate.config import Config, address_keys, ensure_address_key, load, outgoing_password
from mailgate.config.sections import ENVIRONMENT_ONLY, HIDDEN, Mailbox, Product, Section
from mailgate.errors import ConfigurationError

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
CANARY = "canary-0123456789-0123456789-0123456789"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("MAILGATE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def loaded(file: Path, text: str = "") -> Config:
    file.write_text(text, encoding="utf-8")
    return load(file)


def refusal(file: Path, text: str = "") -> str:
    with pytest.raises(ConfigurationError) as caught:
        loaded(file, text)
    return caught.value.public


def problems(file: Path, text: str = "") -> list[str]:
    return refusal(file, text).splitlines()[1:]


def secret_file(path: Path, text: str = CANARY, mode: int = 0o600) -> Path:
    path.write_text(f"{text}\n", encoding="utf-8")
    path.chmod(mode)
    return path


# What is loaded


def test_an_empty_file_means_the_defaults_with_paths_beside_the_file(file: Path, tmp_path: Path) -> None:
    config = loaded(file)

    assert config.desk == Config().desk
    assert config.smtp == Config().smtp
    assert config.catalogue == Config().catalogue
    assert config.storage.database == f"sqlite:///{tmp_path}/var/mailgate.db"
    assert config.outgoing.folder == tmp_path / "var/outgoing"
    assert config.secrets.address_key_file == tmp_path / "var/address.key"


def test_absolute_paths_and_other_databases_stay_as_they_are(file: Path) -> None:
    config = loaded(file, '[storage]\ndatabase = "postgresql://desk@db/mailgate"\n[outgoing]\nfolder = "/srv/mail"')

    assert config.storage.database == "postgresql://desk@db/mailgate"
    assert config.outgoing.folder == Path("/srv/mail")


def test_relative_paths_belong_to_the_files_folder_also_when_it_is_named_relatively(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.touch()
    monkeypatch.chdir(tmp_path)

    assert load(Path("config.toml")).outgoing.folder == tmp_path / "var/outgoing"


def test_the_environment_overrides_single_settings_of_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILGATE_SMTP__PORT", "25")
    monkeypatch.setenv("MAILGATE_CALENDAR__HOURS__SATURDAY", '["09:00-12:00"]')

    config = loaded(file, '[smtp]\nport = 2526\nhost = "::1"')

    assert (config.smtp.host, config.smtp.port) == ("::1", 25)
    assert config.calendar.hours.saturday == ("09:00-12:00",)
    assert config.calendar.hours.monday == ("09:00-18:00",)


def test_settings_cannot_be_changed_after_loading(file: Path) -> None:
    config = loaded(file)

    with pytest.raises(ValidationError):
        config.smtp.port = 25


def test_reports_of_undeliverable_mail_go_to_the_desk_unless_an_address_is_set(file: Path) -> None:
    assert loaded(file).desk.return_path == "support@example.org"
    assert loaded(file, '[desk]\nbounce_address = "bounces@example.org"').desk.return_path == "bounces@example.org"


def test_opening_hours_are_minutes_by_weekday(file: Path) -> None:
    week = loaded(file, '[calendar.hours]\nmonday = ["9:00-12:00", "13:30-24:00"]').calendar.hours.week()

    assert week[0] == ((540, 720), (810, 1440))
    assert week[4] == ((540, 1080),)
    assert week[5] == week[6] == ()


def test_closures_are_days(file: Path) -> None:
    config = loaded(file, '[calendar]\nclosures = [2026-12-31, "2027-01-02"]')

    assert config.calendar.closures == (date(2026, 12, 31), date(2027, 1, 2))


def test_the_default_catalogue_is_the_offer() -> None:
    assert [(pack.minutes, pack.price_cents, pack.currency) for pack in Config().catalogue] == [
        (10 * 60, 1_800_00, "EUR"),
        (20 * 60, 3_528_00, "EUR"),
        (100 * 60, 17_100_00, "EUR"),
    ]


def test_packs_of_the_file_replace_the_default_ones(file: Path) -> None:
    config = loaded(file, '[[catalogue]]\ncode = "5h"\nname = "5 heures"\nminutes = 300\nprice_cents = 95000')

    assert config.catalogue == (Product(code="5h", name="5 heures", minutes=300, price_cents=95000),)


# What is refused


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no configuration file .*nowhere\.toml; copy config\.example\.toml"):
        load(tmp_path / "nowhere.toml")


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_file_that_is_not_utf_8_is_an_error(file: Path) -> None:
    file.write_bytes(b'[desk]\nname = "Soci\xe9t\xe9"')

    with pytest.raises(ConfigurationError, match=r"not UTF-8 text \(octet 20\)"):
        load(file)


def test_a_syntax_error_is_told_with_its_line(file: Path) -> None:
    assert "line 3" in refusal(file, '[desk]\nname = "Support"\naddress = support@example.org\n')


def test_all_problems_are_told_at_once(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILGATE_SMPT__PORT", "25")
    monkeypatch.setenv("MAILGATE_OUTGOING__PORT", "many")
    text = """
        [desk]
        address = "support"
        adress = "support@example.org"
        [smtp]
        port = 70000
        [secrets]
        previous_address_key_files = ["old.key"]
        address_key = "secret"
        [colour]
        background = "blue"
        [[catalogue]]
        code = "10h"
        minutes = 0
        price_cents = 1.5
    """

    found = {problem.partition(":")[0]: problem for problem in problems(file, text)}

    assert list(found) == [
        "secrets.address_key",
        "MAILGATE_SMPT__PORT",
        "desk.address",
        "desk.adress",
        "smtp.port",
        "outgoing.port (set by MAILGATE_OUTGOING__PORT)",
        "catalogue.name (entry 1)",
        "catalogue.minutes (entry 1)",
        "catalogue.price_cents (entry 1)",
        "secrets.previous_address_key_files (entry 1)",
        "colour",
    ]
    assert found["MAILGATE_SMPT__PORT"].endswith("is no setting; did you mean MAILGATE_SMTP__PORT?")
    assert found["desk.adress"].endswith("is no setting; did you mean address?")
    assert found["smtp.port"].endswith("70000 is too large; write 65535 or less")
    assert found["catalogue.name (entry 1)"].endswith("is missing; write name = … below [[catalogue]]")
    assert f"there is no file {tmp_path}/old.key" in found["secrets.previous_address_key_files (entry 1)"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[smtp]\nport = "x"', 'smtp.port: "x" is not a whole number; write one such as 2525'),
        ("[smtp]\nmax_connections = 0", "smtp.max_connections: 0 is too small; write 1 or more"),
        ("[desk]\nname = 3", 'desk.name: 3 is not a text; write one in quotation marks, such as "Support"'),
        ('[desk]\nname = ""', "desk.name: is empty or holds control characters; write a name in one line"),
        ('[desk]\nlanguage = "de"', "desk.language: \"de\" is not possible; write 'fr', 'en' or 'es'"),
        ('[desk]\nzone = "Paris"', 'desk.zone: "Paris" is not a time zone of the IANA database; write one such as'),
        ('[desk]\nzone = "../Paris"', 'desk.zone: "../Paris" is not a time zone'),
        ('[desk]\nzone = "Europe"', 'desk.zone: "Europe" is not a time zone'),
        ('[desk]\nreply_template = "a@example.org"', 'desk.reply_template: "a@example.org" cannot carry a token'),
        ('[desk]\nreply_template = "a{token}@example.org"', "cannot carry a token"),
        ('[desk]\nreply_template = "{token}+{token}@example.org"', "cannot carry a token"),
        ('[desk]\nreply_template = "A+{token}@Example.org"', "cannot carry a token"),
        ('[desk]\nbounce_address = "a b@example.org"', 'desk.bounce_address: "a b@example.org" is not a plain e-mail'),
        ('[desk]\naddress = "support@société.fr"', "in its xn-- form"),
        ('[storage]\ndatabase = "mailgate.db"', "storage.database: is not the URL of a database that keeps anything"),
        ('[storage]\ndatabase = "sqlite:///:memory:"', "storage.database: is not the URL"),
        ('[smtp]\nhost = "not a host"', 'smtp.host: "not a host" is neither a host name nor an IP address'),
        ("smtp = 25", "smtp: 25 is not a section; write [smtp] on a line of its own and its settings below it"),
        (
            '[trust]\nauthentication_servers = "mx.example.org"',
            'trust.authentication_servers: "mx.example.org" is not a list; write one in square brackets',
        ),
        ('[trust]\nauthentication_servers = ["*"]', 'trust.authentication_servers (entry 1): "*" is not the name'),
        ('[outgoing]\ntls = "maybe"', "write 'starttls', 'tls' or 'none'"),
        ('[outgoing]\nusername = "desk"', "outgoing.username: is set, but no password is"),
        ('[calendar]\ncountry = "XX"', 'calendar.country: "XX" has no known public holidays'),
        ('[calendar]\nsubdivision = "99"', 'calendar.subdivision: "99" is no part of FR; write one of these: 57, '),
        ('[calendar]\nclosures = ["tomorrow"]', 'calendar.closures (entry 1): "tomorrow" is not a date; write one'),
        ('[calendar.hours]\nmonday = ["9-18"]', 'calendar.hours.monday: "9-18" is not a span of hours; write one'),
        ('[calendar.hours]\nmonday = ["09:00-25:00"]', 'calendar.hours.monday: "09:00-25:00" does not end after'),
        ('[calendar.hours]\nmonday = ["18:00-09:00"]', 'calendar.hours.monday: "18:00-09:00" does not end after'),
        ('[calendar.hours]\nmonday = ["14:00-18:00", "09:00-12:00"]', "are out of order or overlap"),
        ('[templates]\nfolder = "nowhere"', "templates.folder: there is no folder"),
        (
            '[[catalogue]]\ncode = "a"\nname = "A"\nminutes = 1\nprice_cents = 1\nvat_included = "perhaps"',
            "neither true",
        ),
    ],
)
def test_each_problem_is_told_in_a_sentence(file: Path, text: str, expected: str) -> None:
    [problem] = problems(file, text)

    assert expected in problem
    assert not re.search(r"pydantic|https?://|Value error|Input should|\{\w+\}(?<!\{token\})", problem)


def test_a_week_without_opening_hours_is_refused(file: Path) -> None:
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]

    [problem] = problems(file, "[calendar.hours]\n" + "\n".join(f"{day} = []" for day in days))

    assert problem.startswith("calendar.hours.monday: every day is closed")


def test_two_packs_must_not_share_a_code(file: Path) -> None:
    pack = '[[catalogue]]\ncode = "10h"\nname = "A"\nminutes = 1\nprice_cents = 1\n'

    [problem] = problems(file, pack * 2)

    assert problem == 'catalogue: two packs have the code "10h"; give each its own'


def test_a_password_is_never_sent_in_clear_text_over_a_network(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILGATE_OUTGOING__PASSWORD", CANARY)
    settings = '[outgoing]\nusername = "desk"\ntls = "none"\nsmarthost = '

    [problem] = problems(file, f'{settings}"mail.example.org"')
    assert problem.startswith('outgoing.tls: is "none", so that the password would cross the network readable')
    assert loaded(file, f'{settings}"127.0.0.1"').outgoing.tls == "none"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("MAILGATE_DESK_NAME", "x", "MAILGATE_DESK_NAME: this variable of the environment is no setting; did you mean"),
        ("MAILGATE_COLOUR", "x", "MAILGATE_COLOUR: this variable of the environment is no setting"),
        ("MAILGATE_DESK__COLOUR", "x", "desk.colour (set by MAILGATE_DESK__COLOUR): is no setting; [desk] has these:"),
        ("MAILGATE_TRUST__AUTHENTICATION_SERVERS", "mx", "(set by MAILGATE_TRUST__AUTHENTICATION_SERVERS): "),
        ("MAILGATE_SECRETS__ADDRESS_KEY", "short", "is too short; write at least 32 characters"),
    ],
)
def test_a_wrong_variable_of_the_environment_is_an_error(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(variable, value)

    [problem] = problems(file)

    assert expected in problem


# Secrets


def test_the_address_key_is_created_for_its_owner_alone_and_then_kept(file: Path) -> None:
    config = loaded(file)

    ensure_address_key(config)
    [key] = address_keys(config)
    ensure_address_key(config)

    assert re.fullmatch(r"[0-9a-f]{64}", key.get_secret_value())
    assert stat.S_IMODE(config.secrets.address_key_file.stat().st_mode) == 0o600
    assert address_keys(load(file)) == (key,)
    assert list(config.secrets.address_key_file.parent.iterdir()) == [config.secrets.address_key_file]


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        config = loaded(tmp_path / name / "config.toml")
        ensure_address_key(config)
        keys.add(address_keys(config)[0].get_secret_value())

    assert len(keys) == 2


def test_no_key_file_is_created_where_the_key_comes_from_elsewhere(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_command = loaded(file, f'[secrets]\naddress_key_command = "echo {CANARY}"')
    monkeypatch.setenv("MAILGATE_SECRETS__ADDRESS_KEY", CANARY)
    by_environment = loaded(file)

    for config in (by_command, by_environment):
        ensure_address_key(config)
        assert not config.secrets.address_key_file.exists()
        assert address_keys(config)[0].get_secret_value() == CANARY


def test_a_key_that_cannot_be_created_is_a_configuration_error(file: Path, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    config = Config.model_validate({"secrets": {"address_key_file": tmp_path / "var" / "address.key"}})

    with pytest.raises(ConfigurationError, match=r"^secrets\.address_key_file: .* cannot be created"):
        ensure_address_key(config)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_secret_file_that_others_can_use_is_refused(file: Path, tmp_path: Path, mode: int) -> None:
    secret_file(tmp_path / "password", mode=mode)

    [problem] = problems(file, '[outgoing]\nusername = "desk"\npassword_file = "password"')

    assert problem.endswith(
        f"other users can read or change the secret in {tmp_path}/password; run: chmod 600 {tmp_path}/password"
    )
    assert CANARY not in problem


def test_an_address_key_that_others_can_read_is_refused(file: Path, tmp_path: Path) -> None:
    secret_file(tmp_path / "address.key", mode=0o644)

    assert "chmod 600" in refusal(file, '[secrets]\naddress_key_file = "address.key"')


def test_former_keys_follow_the_one_that_signs(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_file(tmp_path / "new.key", "n" * 32)
    secret_file(tmp_path / "old.key", "o" * 32)
    monkeypatch.setenv("MAILGATE_SECRETS__PREVIOUS_ADDRESS_KEYS", f'["{"e" * 32}"]')
    text = '[secrets]\naddress_key_file = "new.key"\nprevious_address_key_files = ["old.key"]'

    keys = address_keys(loaded(file, text))

    assert [key.get_secret_value() for key in keys] == ["n" * 32, "e" * 32, "o" * 32]


@pytest.mark.parametrize(("content", "complaint"), [("short", "too short"), ("", "is empty")])
def test_a_key_file_without_a_safe_key_is_refused(file: Path, tmp_path: Path, content: str, complaint: str) -> None:
    secret_file(tmp_path / "address.key", content)
    config = loaded(file, '[secrets]\naddress_key_file = "address.key"')

    with pytest.raises(ConfigurationError, match=complaint):
        address_keys(config)


def test_the_password_comes_from_the_environment_then_the_command_then_the_file(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret_file(tmp_path / "password", "from file")
    user = '[outgoing]\nusername = "desk"\n'

    assert outgoing_password(loaded(file)) is None
    assert outgoing_password(loaded(file, f'{user}password_file = "password"')) == SecretStr("from file")
    by_command = f"{user}password_command = 'echo \"from command\"'"
    assert outgoing_password(loaded(file, by_command)) == SecretStr("from command")
    monkeypatch.setenv("MAILGATE_OUTGOING__PASSWORD", "from environment")
    assert outgoing_password(loaded(file, by_command)) == SecretStr("from environment")


@pytest.mark.parametrize(
    "command", [f"sh -c 'echo {CANARY}; exit 3'", f"no-such-program {CANARY}", f"echo '{CANARY}", "true"]
)
def test_a_command_that_gives_no_secret_is_told_without_what_it_printed(file: Path, command: str) -> None:
    text = f'[outgoing]\nusername = "desk"\npassword_command = """{command}"""'
    config = loaded(file, text)

    with pytest.raises(ConfigurationError, match=r"^outgoing\.password_command: the command") as caught:
        outgoing_password(config)

    assert CANARY not in caught.value.public


@pytest.mark.parametrize(
    "text",
    [
        '[outgoing]\nusername = "desk"\npassword_file = "password"\npassword_command = "echo x"',
        '[secrets]\naddress_key_file = "password"\naddress_key_command = "echo x"',
    ],
)
def test_a_secret_has_only_one_source(file: Path, tmp_path: Path, text: str) -> None:
    secret_file(tmp_path / "password")

    [problem] = problems(file, text)

    assert problem.endswith("too; keep only one of them")


def test_the_default_key_file_in_a_copied_example_does_not_stop_a_command(file: Path) -> None:
    config = loaded(file, EXAMPLE.read_text().replace('key_command = ""', f'key_command = "echo {CANARY}"'))

    assert address_keys(config)[0].get_secret_value() == CANARY


def test_no_secret_is_ever_printed(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_file(tmp_path / "old.key")
    monkeypatch.setenv("MAILGATE_SECRETS__ADDRESS_KEY", CANARY)
    monkeypatch.setenv("MAILGATE_SECRETS__PREVIOUS_ADDRESS_KEYS", f'["{CANARY}"]')
    monkeypatch.setenv("MAILGATE_OUTGOING__PASSWORD", CANARY)
    text = f"""
        [storage]
        database = "postgresql://desk:{CANARY}:@{CANARY}@db/mailgate?sslmode=require&password={CANARY}"
        [outgoing]
        username = "desk"
        [secrets]
        previous_address_key_files = ["old.key"]
    """

    config = loaded(file, text)
    shown = config.redacted()

    for output in (repr(config), str(config), str(shown), repr(address_keys(config)), repr(outgoing_password(config))):
        assert CANARY not in output
    assert shown["storage"] == {"database": f"postgresql://desk:{HIDDEN}@db/mailgate?sslmode=require&password={HIDDEN}"}
    assert HIDDEN in str(shown["outgoing"])


def test_no_problem_repeats_a_secret(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILGATE_SECRETS__PREVIOUS_ADDRESS_KEYS", f'"{CANARY}"')
    monkeypatch.setenv("MAILGATE_SECRETS__ADDRES_KEY", CANARY)
    text = f"""
        [storage]
        database = "mysql://desk:{CANARY}@db/mailgate"
        [outgoing]
        password = "{CANARY}"
        pasword = "{CANARY}"
        [secrets]
        address_key = "{CANARY}"
        [smtp]
        port = {{ password = "{CANARY}" }}
    """

    told = refusal(file, text)

    assert CANARY not in told
    assert len(told.splitlines()) == 8


def test_what_is_shown_has_every_setting() -> None:
    shown = Config().redacted()

    assert list(shown) == list(Config.model_fields)
    assert shown["secrets"] == {
        "address_key_file": "var/address.key",
        "address_key_command": "",
        "address_key": "",
        "previous_address_key_files": [],
        "previous_address_keys": "",
    }


# The example


def settings(section: type[Section], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every setting that a file may hold, with the sentence that explains it."""
    for name, field in section.model_fields.items():
        dotted = f"{prefix}{name}"
        lists: dict[str, type[Section]] = {"catalogue": Product, "mailbox": Mailbox}
        kind = lists.get(dotted, field.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            assert issubclass(kind, Section)
            yield from settings(kind, f"{dotted}.")
        elif dotted not in ENVIRONMENT_ONLY:
            yield dotted, field.description or ""


def commented_settings() -> Iterator[tuple[str, str]]:
    """Yield every setting of the example with the comment above it; of several packs, the first."""
    section, comment, seen = "", "", set()
    for line in with_mailbox().splitlines():
        if line.startswith("#"):
            comment = f"{comment} {line.removeprefix('#').strip()}".strip()
            continue
        if line.startswith("["):
            section = line.strip("[]")
        elif line and (dotted := f"{section}.{line.partition(' = ')[0]}") not in seen:
            seen.add(dotted)
            yield dotted, comment
        comment = ""


def with_mailbox() -> str:
    """The example with the marks of comment taken from its mailbox."""
    return re.sub(
        r"^# (\[\[mailbox\]\]|[a-z_]+ = .*)$|^#(# .*)$", r"\1\2", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE
    )


def test_the_mailbox_of_the_example_has_the_defaults(file: Path, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    secret_file(tmp_path / "var/mailbox.password")
    (mailbox,) = loaded(file, with_mailbox()).mailbox

    fields = {name: field.default for name, field in Mailbox.model_fields.items() if not field.is_required()}
    assert {name: getattr(mailbox, name) for name in fields} == {**fields, "password_file": mailbox.password_file}


def test_the_example_loads_and_holds_the_defaults(file: Path) -> None:
    assert loaded(file, EXAMPLE.read_text(encoding="utf-8")) == loaded(file)


def test_the_example_has_every_setting_with_the_sentence_that_explains_it() -> None:
    assert list(commented_settings()) == list(settings(Config))


def test_every_sentence_of_the_example_is_one_sentence() -> None:
    for dotted, sentence in settings(Config):
        assert re.fullmatch(r"[A-Z][^\n]+\.", sentence), dotted


def test_the_example_writes_out_every_value() -> None:
    written = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))

    for pack in written["catalogue"]:
        assert set(pack) == set(Product.model_fields)
    assert Config.model_validate(written) == Config()


def test_the_head_of_the_example_names_the_variables_for_secrets() -> None:
    head = EXAMPLE.read_text(encoding="utf-8").partition("\n[")[0]

    for dotted in ENVIRONMENT_ONLY:
        assert f"MAILGATE_{dotted.replace('.', '__').upper()} " in head
