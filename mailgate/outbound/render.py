"""A notice → subject, text and HTML in its reader's language, from `templates/<language>/<kind>.md`.

A template is Jinja in a sandbox, then Markdown. It opens with `Subject: …` and an empty line. Its variables are the
notice's fields and those of VARIABLES; plain strings, whoever wrote them, are shown and never interpreted. An operator
replaces single templates by files of the same path in a folder of their own.
Not here: the words (the templates), header fields and MIME (`compose.py`).
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from mailgate.domain import notice as notices
from mailgate.domain.notice import Notice
from mailgate.domain.people import Language
from mailgate.errors import ConfigurationError
from mailgate.outbound.edition import Edition
from mailgate.outbound.scene import Desk, Link, Rendered, Scene

__all__ = ["VARIABLES", "Desk", "Link", "Rendered", "Renderer", "Scene", "notice_kinds", "packaged_templates"]

#: What every template has besides the fields of its notice; `reader` is the person who reads. See Desk and Scene.
VARIABLES = frozenset({"reader", "desk", "language", *(field.name for field in fields(Scene))})


def notice_kinds() -> dict[str, type[Notice]]:
    """Return every notice that the desk can send, by its kind, which is its template's name."""
    found = [value for value in vars(notices).values() if isinstance(value, type) and issubclass(value, Notice)]
    return {each.kind: each for each in found if hasattr(each, "kind")}


def packaged_templates() -> Path:
    """Return the folder of the templates that come with mailgate: in the package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


class Renderer:
    """Renders notices in all languages; made once, safe to share between threads."""

    def __init__(self, desk: Desk, templates: Path, overrides: Path | None = None, *, is_proven: bool = False) -> None:
        """Check all templates, unless they are proven: the ones that come with mailgate, which its tests have checked.

        To check them takes a second at each start. Raises ConfigurationError listing every template that is missing
        or wrong.
        """
        folders = [folder for folder in (overrides, templates) if folder is not None]
        variables = {kind: VARIABLES | {field.name for field in fields(each)} for kind, each in notice_kinds().items()}
        self._desk = desk
        self._editions: dict[Language, Edition] = {}
        problems = []
        for language in Language:
            try:
                self._editions[language] = Edition(language, folders)
                if not is_proven:
                    self._editions[language].check(variables)
            except ConfigurationError as error:
                problems.append(error.public)
        if problems:
            raise ConfigurationError("templates:\n" + "\n".join(problems))

    def render(self, notice: Notice, scene: Scene) -> Rendered:
        """Return the notice in the language of its recipient.

        A field of the notice hides a variable of the scene with the same name. Raises ConfigurationError where the
        template stumbles over these values.
        """
        variables: dict[str, object] = {field.name: getattr(scene, field.name) for field in fields(scene)}
        variables |= {"zone": scene.zone or self._desk.zone, "desk": self._desk}
        variables |= {"reader": notice.to, "language": notice.to.language}
        variables |= {field.name: getattr(notice, field.name) for field in fields(notice)}
        return self._editions[notice.to.language].render(notice.kind, variables, scene.ticket)
