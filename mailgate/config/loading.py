"""From a TOML file and the environment to checked settings; everything that is wrong is reported at once.

A file that is missing and a variable `MAILGATE_…` that is no setting are errors, not ignored: both are how an
installation silently runs on defaults. Not here: the settings (`sections.py`) and the sentences (`sentences.py`).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from mailgate.config.sections import ENVIRONMENT_ONLY, Config, Section
from mailgate.config.sentences import describe, nearest
from mailgate.errors import ConfigurationError

PREFIX = "MAILGATE_"
DELIMITER = "__"


class _Environment(Config, BaseSettings):
    """The settings as pydantic-settings looks for them among the variables of the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=DELIMITER)


class _Variables(EnvSettingsSource):
    """The values that the environment gives; a list that is not valid JSON is left for the validation to refuse."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ANN401 - as the base
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def load(path: Path) -> Config:
    """Return the settings of that file, overridden by the environment (`MAILGATE_SECTION__SETTING`).

    Relative paths in it are relative to its folder. Raises ConfigurationError whose public text names every problem
    on a line of its own: the setting, what is wrong, what would be right; never the value of a secret.
    """
    written = _read(path)
    problems = [*_secrets_taken_out_of(written), *_unknown_variables()]
    # sections that are not written are checked too, since their defaults may name files
    settings = _merged(_merged(_empty_sections(), written), _Variables(_Environment)())
    try:
        config = Config.model_validate(settings, context={"folder": path.absolute().parent})
    except ValidationError as error:
        problems += [describe(detail, variables=_variables()) for detail in error.errors(include_url=False)]
        raise _configuration_error(path, problems) from error
    if problems:
        raise _configuration_error(path, problems)
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no configuration file {path}; copy config.example.toml to that place and adapt it."
        ) from error
    except OSError as error:
        raise ConfigurationError(f"The configuration file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The configuration file {path} is not UTF-8 text (octet {error.start + 1}); save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        what, place = _syntax_error(error)
        raise ConfigurationError(
            f"The configuration file {path} is not TOML, {place}: {what}. "
            'Settings are written name = value, texts in "quotation marks", lists in [square brackets].'
        ) from error


def _syntax_error(error: tomllib.TOMLDecodeError) -> tuple[str, str]:
    match = re.fullmatch(r"(.*) \(at (.*)\)", str(error), re.DOTALL)
    return (match[1], match[2]) if match else (str(error), "somewhere")


def _secrets_taken_out_of(written: dict[str, Any]) -> list[str]:
    """Remove the secrets that stand in the file itself, so that nothing can repeat them, and return the complaints."""
    problems = []
    for dotted in sorted(ENVIRONMENT_ONLY):
        name, _, setting = dotted.partition(".")
        section = written.get(name)
        if isinstance(section, dict) and section.pop(setting, None) is not None:
            problems.append(
                f"{dotted}: a secret does not belong in the configuration file; "
                f"put it into a file of its own, or into the environment as {_variable(name, setting)}"
            )
    return problems


def _unknown_variables() -> list[str]:
    """Return a complaint for each variable that names no section; within a section, the validation complains."""
    known = {_variable(*names): names[0] for names in _settings(Config)}
    sections = {name.upper() for name in Config.model_fields}
    return [
        f"{variable}: this variable of the environment is no setting; {nearest(variable, list(known))}"
        for variable in _variables()
        if variable.removeprefix(PREFIX).partition(DELIMITER)[0] not in sections
    ]


def _variables() -> list[str]:
    return sorted(name.upper() for name in os.environ if name.upper().startswith(PREFIX))


def _variable(*names: str) -> str:
    return PREFIX + DELIMITER.join(names).upper()


def _settings(section: type[Section]) -> Iterator[tuple[str, ...]]:
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from ((name, *names) for names in _settings(field.annotation))
        else:
            yield (name,)


def _empty_sections() -> dict[str, Any]:
    return {names[0]: {} for names in _settings(Config) if len(names) > 1}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        beneath = merged.get(name)
        if isinstance(beneath, Mapping) and isinstance(value, Mapping):
            merged[name] = _merged(beneath, value)
        else:
            merged[name] = value
    return merged


def _configuration_error(path: Path, problems: list[str]) -> ConfigurationError:
    return ConfigurationError("\n".join([f"The configuration file {path} cannot be used:", *problems]))
