"""What `serve` says when it has started: where the desk listens and writes, and what to type next."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mailgate.entrypoints.cli.session import config_words

if TYPE_CHECKING:
    from mailgate.app import App
    from mailgate.config import Config
    from mailgate.entrypoints.daemon import Place

FIRST_STEPS = """\

Nobody is known here yet. First steps, in another terminal:

  {program} engineer add "Paul Girard" paul@support.example.org --administrator{config}
  {program} org add "Mairie de Saint-Rémy"{config}
  {program} contact add "Mairie de Saint-Rémy" "Camille Martin" camille@saint-remy.example.org{config}
  {program} contract add "Mairie de Saint-Rémy" --referent camille@saint-remy.example.org{config}
  {program} pack add "Mairie de Saint-Rémy" {code}{config}

Then write to {address} as that contact{listener}

  {program} ticket list{config}
"""

#: Put into the first steps where somebody without a mail server can follow them: a listener for SMTP is open.
THROUGH_SMTP = """, through this listener; for example:

  {python} -c "import smtplib; smtplib.SMTP('{host}', {port}).sendmail(
      'camille@saint-remy.example.org', '{address}', 'From: camille@saint-remy.example.org\\nTo: {address}\\n'
      'Subject: PostGIS\\nMessage-ID: <first@saint-remy.example.org>\\n\\nMy index is not used.\\n')\""""


def greet(config: Config, config_path: Path, places: Sequence[Place], *, with_first_steps: bool) -> None:
    """Say where the desk listens and writes, and, while nobody is known, what to type next."""
    away = config.outgoing.smarthost or f"files in {config.outgoing.folder}"
    print(f"mailgate takes mail for {config.desk.address} {_ways_in(config, places)}")
    print(f"database: {shown_database(config)}; outgoing mail: {away}; stop with Ctrl-C")
    if with_first_steps:
        print(
            FIRST_STEPS.format(
                program=program(),
                config=config_words(config_path),
                code=config.catalogue[0].code if config.catalogue else "CODE",
                address=config.desk.address,
                listener=_through_smtp(config, places),
            )
        )
    sys.stdout.flush()


def _through_smtp(config: Config, places: Sequence[Place]) -> str:
    place = next((place for place in places if place.dialect == "smtp"), None)
    if place is None:
        return "; what becomes of the mail:"
    python = shlex.quote(_relative(Path(sys.executable)))
    return THROUGH_SMTP.format(python=python, host=place.host, port=place.port, address=config.desk.address)


def _ways_in(config: Config, places: Sequence[Place]) -> str:
    hosts = (f"[{place.host}]" if ":" in place.host else place.host for place in places)
    ways = [f"on {host}:{place.port} ({place.dialect.upper()})" for host, place in zip(hosts, places, strict=True)]
    ways += [f"from the mailbox of {mailbox.username} at {mailbox.host} (IMAP)" for mailbox in config.mailbox]
    return ", ".join(ways) or "nowhere yet: open a listener or name a mailbox"


def is_new(app: App) -> bool:
    """Tell whether nobody has set anything up yet."""
    from mailgate.services import directory

    with app.database.reading() as tx:
        return not directory.organisation_rows(tx)


def shown_database(config: Config) -> str:
    """Return the database's URL without its password."""
    storage = config.redacted()["storage"]
    return str(storage["database"]) if isinstance(storage, dict) else ""


def program() -> str:
    """Return how this program is called here: by its name where the shell finds it, else by its path."""
    beside_python = Path(sys.executable).parent / "mailgate"
    on_path = shutil.which("mailgate")
    is_on_path = on_path is not None and beside_python.exists() and Path(on_path).samefile(beside_python)
    return "mailgate" if is_on_path else shlex.quote(_relative(beside_python))


def _relative(path: Path) -> str:
    here = Path.cwd()
    if here == Path(here.anchor) or not path.is_relative_to(here):
        return str(path)  # a service runs in the root folder, where nobody will type what it prints
    return str(path.relative_to(here))
