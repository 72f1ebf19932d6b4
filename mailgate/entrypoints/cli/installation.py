"""Setting up and running an installation: init, serve, check-config, demo."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.entrypoints.cli.output import JsonOption, show_record
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption

if TYPE_CHECKING:
    from mailgate.app import App
    from mailgate.config import Config

FIRST_STEPS = """\
Nobody is known here yet. First steps, in another terminal:

  {program} engineer add "Paul Girard" paul@support.example.org --language fr --administrator{config}
  {program} org add "Mairie de Saint-Rémy"{config}
  {program} contact add "Mairie de Saint-Rémy" "Camille Martin" camille@saint-remy.example.org --language fr{config}
  {program} contract add "Mairie de Saint-Rémy" --referent camille@saint-remy.example.org{config}
  {program} pack add "Mairie de Saint-Rémy" {code}{config}

Then write to {address} as that contact, through this listener; for example:

  {python} -c "import smtplib; smtplib.SMTP('{host}', {port}).sendmail(
      'camille@saint-remy.example.org', '{address}', 'From: camille@saint-remy.example.org\\nTo: {address}\\n'
      'Subject: PostGIS\\nMessage-ID: <first@saint-remy.example.org>\\n\\nMy index is not used.\\n')"
  {program} ticket list{config}
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(serve)
    app.command("check-config")(check_config)
    app.command()(demo)


def init(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Create what is missing: the configuration file, the database, the key that signs reply addresses."""
    from mailgate.app import open_database
    from mailgate.config import ensure_address_key, load

    if not config.exists():
        shutil.copyfile(example_config(), config)
        print(f"wrote {config}; look through its settings, each has a sentence of explanation")
    settings = load(config)
    ensure_address_key(settings)
    database = open_database(settings)
    try:
        database.migrate()
    finally:
        database.close()
    print(f"the database is ready: {_shown_database(settings)}")


def serve(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the desk until it is stopped by SIGTERM or Ctrl-C."""
    import asyncio

    from mailgate.app import build
    from mailgate.config import load
    from mailgate.entrypoints import daemon
    from mailgate.entrypoints.logs import configure

    settings = load(config)
    configure(settings.log.level, settings.log.format)
    app = build(settings)
    try:
        with app.database.claim_daemon():
            app.database.migrate()
            asyncio.run(daemon.serve(app, on_started=lambda port: _greet(app, config, port)))
    finally:
        app.database.close()


def check_config(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check the configuration file, and show the settings that are in force; secrets are never shown."""
    from mailgate.config import load

    settings = load(config)
    shown = {
        f"{section}.{name}": value
        for section, values in settings.redacted().items()
        for name, value in _settings(values)
    }
    show_record(shown, as_json=as_json)
    if not as_json:
        print(f"\n{config} is right")


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the desk running afterwards, to write to it.")] = False,
) -> None:
    """Play one support case of each kind by real SMTP, on a temporary database, and show what happens."""
    from mailgate.entrypoints.demo import play

    raise typer.Exit(play(keep=keep))


def example_config() -> Path:
    """Return the commented example: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "config.example.toml"
    return packaged if packaged.exists() else package.parent / "config.example.toml"


def _settings(values: object) -> list[tuple[str, object]]:
    if isinstance(values, dict):
        return list(values.items())
    return [(str(position), value) for position, value in enumerate(values)] if isinstance(values, list) else []


def _shown_database(config: Config) -> str:
    storage = config.redacted()["storage"]
    return str(storage["database"]) if isinstance(storage, dict) else ""


def _greet(app: App, config_path: Path, port: int) -> None:
    """Say where the desk listens and writes, and, while nobody is known, what to type next."""
    import sys

    from mailgate.store import people

    settings = app.config
    away = settings.outgoing.smarthost or f"files in {settings.outgoing.folder}"
    print(f"mailgate takes mail for {settings.desk.address} on {settings.smtp.host}:{port} (SMTP)")
    print(f"database: {_shown_database(settings)}; outgoing mail: {away}; stop with Ctrl-C")
    with app.database.reading() as tx:
        is_new = not people.organisations(tx)
    if is_new:
        folder = Path(sys.executable).parent
        option = "" if config_path == DEFAULT_CONFIG else f" -c {config_path}"
        print()
        print(
            FIRST_STEPS.format(
                program=_relative(folder / "mailgate"),
                python=_relative(Path(sys.executable)),
                config=option,
                code=app.catalogue[0].code if app.catalogue else "CODE",
                address=settings.desk.address,
                host=settings.smtp.host,
                port=port,
            )
        )
    sys.stdout.flush()


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
