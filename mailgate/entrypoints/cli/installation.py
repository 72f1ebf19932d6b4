"""Setting up and running an installation: init, serve, check-config, demo."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.entrypoints.cli.output import JsonOption, print_json, text
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, config_words, settings_of
from mailgate.errors import ConfigurationError, MailgateError, TemporaryError

if TYPE_CHECKING:
    from mailgate.app import App
    from mailgate.config import Config
    from mailgate.entrypoints.daemon import Place
    from mailgate.entrypoints.processor import Processor


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(serve)
    app.command("check-config")(check_config)
    app.command()(demo)


def init(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Create what an installation needs and does not have yet.

    That is the configuration file, the database, and the key that signs reply addresses. Run it again after an
    upgrade: it brings the database to the state that the new version needs.
    """
    from mailgate.config import ensure_address_key
    from mailgate.entrypoints.cli.greeting import program, shown_database
    from mailgate.store.database import Database

    if not config.exists():
        config.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(example_config(), config)
        print(f"wrote {config}; look through its settings, each has a sentence of explanation")
    settings = settings_of(config)
    ensure_address_key(settings)
    database = Database.open(settings.storage.database)
    try:
        database.migrate()
    finally:
        database.close()
    print(f"the database is ready: {shown_database(settings)}")
    print(f"start the desk with: {program()} serve{config_words(config)}")


def example_config() -> Path:
    """Return the commented example: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "config.example.toml"
    return packaged if packaged.exists() else package.parent / "config.example.toml"


def serve(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the desk until it is stopped by SIGTERM or Ctrl-C.

    Creates the database where it is missing. What happens is logged to standard error.
    """
    import asyncio

    from mailgate.entrypoints.logs import configure

    settings = settings_of(config)
    configure(settings.log.level, settings.log.format)
    asyncio.run(_serve(settings, config))


async def _serve(settings: Config, config_path: Path) -> None:
    """Start the processor first: it loads its libraries while this process loads its own."""
    from mailgate.entrypoints.processor import Processor

    processor = Processor(settings)
    await processor.warm_up()
    try:
        from mailgate.app import build

        app = build(settings)
        try:
            with app.database.claim_daemon():
                app.database.migrate()
                await _run(app, processor, config_path)
        finally:
            app.close()
    finally:
        await processor.stop()


async def _run(app: App, processor: Processor, config_path: Path) -> None:
    from mailgate.entrypoints import daemon
    from mailgate.entrypoints.cli.greeting import greet, is_new

    nobody_is_known = is_new(app)

    def on_started(places: Sequence[daemon.Place]) -> None:
        greet(app.config, config_path, places, with_first_steps=nobody_is_known)

    try:
        await daemon.serve(app, processor=processor, on_started=on_started)
    except daemon.NotListeningError as error:
        raise _not_listening(error.place, error.__cause__) from error.__cause__


def _not_listening(place: Place, cause: BaseException | None) -> MailgateError:
    """Say why the listener could not be opened, and what to do."""
    number = cause.errno if isinstance(cause, OSError) else None
    said = cause.strerror if isinstance(cause, OSError) else cause
    where = f"cannot listen on {place.host}, port {place.port}"
    if number == errno.EADDRINUSE:
        return TemporaryError(
            f"{where}: another program does; stop that one, or set {place.dialect}.port to another number"
        )
    if number in {errno.EACCES, errno.EPERM}:
        return ConfigurationError(
            f"{where}: not permitted; set {place.dialect}.port to 1024 or more, or allow it to this user"
        )
    if number in {errno.EADDRNOTAVAIL, None}:  # from Python 3.13 on, asyncio gives no number for it
        return ConfigurationError(
            f"{where}: this machine does not have that address; set {place.dialect}.host to one of its own"
        )
    return ConfigurationError(f"{where}: {said}; look at {place.dialect}.host and {place.dialect}.port")


def check_config(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check the configuration file and show what is in force.

    Everything that is wrong is reported at once, and the exit status is 78. Secrets are never shown.
    """
    settings = settings_of(config).redacted()
    if as_json:
        print_json(settings)
        return
    for name, value in _settings(settings):
        print(f"{name} = {text(value)}")
    print(f"\n{config} is right")


def _settings(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each setting with its dotted name and its value as the file writes it; entries of lists are numbered."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _settings(member, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and any(isinstance(member, dict) for member in value):
        for position, member in enumerate(value, start=1):
            yield from _settings(member, f"{name}.{position}")
    else:
        yield name, json.dumps("" if value is None else value, ensure_ascii=False)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the desk running afterwards, to write to it.")] = False,
) -> None:
    """Play a support contract by real mail and print it.

    On a temporary database, with an SMTP listener on a free port of this machine.
    """
    from mailgate.entrypoints.demo import play

    raise typer.Exit(play(keep=keep))
