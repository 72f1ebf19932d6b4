"""What the validation found, as sentences for the operator: which setting, what is wrong, what would be right.

The library's own texts are for programmers and may quote values. A value is quoted here only where it is a number, a
word or the like of a setting that holds no secret. Not here: the checks themselves.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailgate.config.sections import ENVIRONMENT_ONLY, Config, ContradictionError, Section

_NOT_WHOLE = "{value} is not a whole number; write one such as {example}"
_NOT_TEXT = "{value} is not a text; write one in quotation marks, such as {example}"
_NOT_BOOLEAN = "{value} is neither true nor false; write one of the two, without quotation marks"
_NOT_LIST = "{value} is not a list; write one in square brackets, such as {example}"
_NOT_DATE = "{value} is not a date; write one such as 2026-12-31"
_NOT_SECTION = "{value} is not a section; write [{name}] on a line of its own and its settings below it"

#: One sentence a kind of error, by the library's name for it.
SENTENCES = MappingProxyType(
    {
        "missing": "is missing; write {key} = … below [[{section}]]",
        "extra_forbidden": "is no setting; {nearest}",
        "int_type": _NOT_WHOLE,
        "int_parsing": _NOT_WHOLE,
        "int_parsing_size": _NOT_WHOLE,
        "int_from_float": _NOT_WHOLE,
        "greater_than_equal": "{value} is too small; write {ge} or more",
        "less_than_equal": "{value} is too large; write {le} or less",
        "literal_error": "{value} is not possible; write {expected}",
        "string_type": _NOT_TEXT,
        "path_type": _NOT_TEXT,
        "string_too_short": "is too short; write at least {min_length} characters",
        "too_short": "is too short; write at least {min_length} characters",
        "bool_type": _NOT_BOOLEAN,
        "bool_parsing": _NOT_BOOLEAN,
        "tuple_type": _NOT_LIST,
        "date_type": _NOT_DATE,
        "date_parsing": _NOT_DATE,
        "date_from_datetime_parsing": _NOT_DATE,
        "date_from_datetime_inexact": _NOT_DATE,
        "model_type": _NOT_SECTION,
        "value_error": "{error}",
    }
)
_OTHERWISE = "is not right; compare it with config.example.toml"

_LONGEST_QUOTE = 60


def describe(detail: ErrorDetails, *, variables: Sequence[str]) -> str:
    """Return the sentence for one error of the validation; `variables` are the names of the environment's own."""
    names, entries = _names(detail)
    dotted = ".".join(names)
    found = {
        **detail.get("ctx", {}),
        "value": _quoted(dotted, detail["input"]),
        "example": _example(names),
        "nearest": nearest(names[-1], _siblings(names), within=".".join(names[:-1])),
        "name": dotted,
        "key": names[-1],
        "section": ".".join(names[:-1]),
    }
    sentence = SENTENCES.get(detail["type"], _OTHERWISE).format_map(found)
    return f"{dotted}{_entry(entries)}{_origin(names, variables)}: {sentence}"


def nearest(word: str, known: Iterable[str], *, within: str = "") -> str:
    """Return what was probably meant, or what there is where nothing resembles it."""
    choices = list(known)
    matches = difflib.get_close_matches(word, choices, n=1)
    if matches:
        return f"did you mean {matches[0]}?"
    if len(choices) > 20:
        return "all settings are in config.example.toml"
    return f"{f'[{within}]' if within else 'the file'} has these: {', '.join(choices)}"


def _names(detail: ErrorDetails) -> tuple[list[str], list[int]]:
    """Return the setting's path in the file, and the numbers of the entries where lists are on the way."""
    names = [part for part in detail["loc"] if isinstance(part, str)]
    entries = [part + 1 for part in detail["loc"] if isinstance(part, int)]
    error = detail.get("ctx", {}).get("error")
    return ([*names, error.setting] if isinstance(error, ContradictionError) else names), entries


def _entry(entries: list[int]) -> str:
    return f" (entry {', '.join(str(number) for number in entries)})" if entries else ""


def _origin(names: list[str], variables: Sequence[str]) -> str:
    full = f"MAILGATE_{'__'.join(names)}".upper()
    return next(
        (f" (set by {variable})" for variable in variables if variable == full or variable.startswith(f"{full}__")), ""
    )


def _quoted(dotted: str, value: object) -> str:
    is_plain = isinstance(value, str | int | float) and dotted not in ENVIRONMENT_ONLY | {"storage.database"}
    if not is_plain:
        return "what is written here"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_QUOTE else "what is written here"


def _example(names: list[str]) -> str:
    field = _field(names)
    default = field.default if field else None
    if isinstance(default, Path):
        return f'"{default}"'
    if isinstance(default, tuple) and not any(isinstance(entry, str) for entry in default):
        return '["…"]'
    return json.dumps(default, ensure_ascii=False) if isinstance(default, str | int | tuple) else '"…"'


def _siblings(names: list[str]) -> list[str]:
    section = _section(names[:-1])
    dotted = ".".join(names[:-1])
    return [name for name in section.model_fields if f"{dotted}.{name}" not in ENVIRONMENT_ONLY]


def _field(names: list[str]) -> FieldInfo | None:
    return _section(names[:-1]).model_fields.get(names[-1])


def _section(names: list[str]) -> type[Section]:
    section: type[Section] = Config
    for name in names:
        annotation = section.model_fields[name].annotation
        candidates = (annotation, *get_args(annotation))
        section = next(kind for kind in candidates if isinstance(kind, type) and issubclass(kind, Section))
    return section
