"""Secrets: where each of them is taken from, at the moment it is needed.

The environment comes first, then the command, then the file. What is returned hides itself when printed. That files
are private to mailgate's user is checked when the configuration is loaded. Not here: what the secrets are used for.
"""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import tempfile
from pathlib import Path

from pydantic import SecretStr

from mailgate.config.sections import Config, Mailbox
from mailgate.errors import ConfigurationError

#: A command that asks a person, or a server that does not answer, must not keep the daemon from saying so.
COMMAND_SECONDS = 30

_MIN_KEY_CHARACTERS = 32
_KEY_OCTETS = 32


def ensure_address_key(config: Config) -> None:
    """Create the file of the address key, with a new random key and readable by its owner alone, when it is missing.

    Does nothing where the environment or a command gives the key. The key is on the disk when this returns: a lost
    one would make every address that it has signed invalid. Raises ConfigurationError where it cannot be written.
    """
    settings = config.secrets
    if settings.address_key or settings.address_key_command:
        return
    path = settings.address_key_file
    try:
        if not path.is_file():
            _create_private(path, secrets.token_hex(_KEY_OCTETS))
    except OSError as error:
        if isinstance(error, FileExistsError) and path.is_file():
            return  # another process was quicker
        raise ConfigurationError(
            f"secrets.address_key_file: {path} cannot be created: {error.strerror}; "
            "give mailgate's user access to its folder, or name another file"
        ) from error


def address_keys(config: Config) -> tuple[SecretStr, ...]:
    """Return the keys of signed addresses: first the one that signs, then the former ones, which are still accepted.

    Raises ConfigurationError for a key that cannot be read or is shorter than 32 characters.
    """
    settings = config.secrets
    if settings.address_key:
        current = settings.address_key
    elif settings.address_key_command:
        current = _key(_printed("secrets.address_key_command", settings.address_key_command), "address_key_command")
    else:
        current = _key(_written("secrets.address_key_file", settings.address_key_file), "address_key_file")
    former = (
        _key(_written("secrets.previous_address_key_files", path), "previous_address_key_files")
        for path in settings.previous_address_key_files
    )
    return (current, *settings.previous_address_keys, *former)


def outgoing_password(config: Config) -> SecretStr | None:
    """Return the password for the smarthost, None where mailgate does not log in.

    Raises ConfigurationError when the file cannot be read or the command fails.
    """
    settings = config.outgoing
    if settings.password:
        return settings.password
    if settings.password_command:
        return _printed("outgoing.password_command", settings.password_command)
    if settings.password_file:
        return _written("outgoing.password_file", settings.password_file)
    return None


def mailbox_secret(mailbox: Mailbox) -> SecretStr:
    """Return the password of a mailbox, or a token where a command gives one; raises as `outgoing_password` does."""
    if mailbox.token_command:
        return _printed("mailbox.token_command", mailbox.token_command)
    if mailbox.password_command:
        return _printed("mailbox.password_command", mailbox.password_command)
    if mailbox.password_file is None:
        raise ConfigurationError("mailbox.password_file is empty")
    return _written("mailbox.password_file", mailbox.password_file)


def _create_private(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all; raises FileExistsError where there is one already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # created with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    finally:
        Path(unfinished).unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _key(secret: SecretStr, setting: str) -> SecretStr:
    if len(secret) < _MIN_KEY_CHARACTERS:
        raise ConfigurationError(
            f"secrets.{setting}: the key is too short to be safe; use at least {_MIN_KEY_CHARACTERS} random characters"
        )
    return secret


def _written(setting: str, path: Path) -> SecretStr:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{setting}: {path} cannot be read; write the secret into it as text, readable by mailgate's user alone"
        ) from error
    if not text:
        raise ConfigurationError(f"{setting}: {path} is empty; write the secret into it")
    return SecretStr(text)


def _printed(setting: str, command: str) -> SecretStr:
    # `from None`: the library's errors quote the command, which may hold a secret, and what it has printed
    try:
        # the operator's own command, split into words and run without a shell
        done = subprocess.run(  # noqa: S603
            shlex.split(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=True
        )
        text = done.stdout.decode("utf-8").strip()
    except subprocess.CalledProcessError as error:
        raise ConfigurationError(
            f"{setting}: the command ended with status {error.returncode}; make it print the secret and end with 0"
        ) from None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise ConfigurationError(
            f"{setting}: the command cannot be run, prints no text or takes longer than {COMMAND_SECONDS} seconds; "
            "write a program and its arguments"
        ) from None
    if not text:
        raise ConfigurationError(f"{setting}: the command printed nothing; make it print the secret")
    return SecretStr(text)
