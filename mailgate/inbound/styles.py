"""CSS and presentational attributes of a mail: which of them hide text from its reader, and which may.

Style sheets are not evaluated: a rule that could hide something makes the whole text doubtful. Every check is linear
in the length of the style. Nothing here knows of elements or text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import lru_cache


class Sight(IntEnum):
    """Whether a reader sees text of a style."""

    SEEN = 0
    DOUBTFUL = 1  # tiny, white, nearly transparent, moved, or in a form that only a browser could evaluate
    HIDDEN = 2


_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_END = re.compile(r"[;{}]")
_PREFIX = re.compile(r"-(?:webkit|moz|ms|o)-")
_SPACE = re.compile(r"\s+")
_LENGTH = re.compile(r"\+?((?:\d++(?:\.\d*+)?|\.\d++)(?:e[+-]?\d++)?)([a-z]++|%|)(?![\w.%])")
_FUNCTION = re.compile(r"(?:var|calc|min|max|clamp|env)\(")
_ZERO = r"[+-]?0*+(?:\.0*+)?(?:e[+-]?\d++)?(?:%|[a-z]++)?"
_OVERFLOWS = frozenset({"overflow", "overflow-x", "overflow-y"})
_SIDES = frozenset({"height", "max-height", "width", "max-width", "line-height"})
_WEIGHT = re.compile(r"[1-9]\d\d0?")
_FAR_LEFT = re.compile(r"-\d{3}")

# Least size that is surely read, in each unit; the others are taken as em.
_READABLE = {"px": 4.0, "pt": 4.0, "": 4.0, "%": 30.0, "pc": 0.3, "mm": 1.0, "cm": 0.1, "in": 0.05, "q": 4.0}
_READABLE_EM = 0.3
_READABLE_OPACITY = 0.3

_BEFORE_ALPHA = r"(?:rgb|hsl)a?\((?:(?:[^(),/]*,){3}|[^(),/]*/) ?"
_CLEAR = re.compile(rf"transparent|#...0$|#.{{6}}00$|{_BEFORE_ALPHA}{_ZERO} ?\)")
_NEARLY_FULL = r"(?:2[2-5]\d(?:\.\d*)?(?!\d|%)|(?:9\d|100)(?:\.\d*)?%)"
_NEARLY_WHITE = re.compile(
    r"#[ef][0-9a-f][ef][0-9a-f][ef][0-9a-f](?:[0-9a-f]{2})?$|#[ef]{3}[0-9a-f]?$|#...[1-4]$|#.{6}[1-4].$"
    r"|(?:ghost|floral|antique)?white|whitesmoke|snow|ivory|azure|mintcream|seashell|honeydew|aliceblue|lavenderblush"
    rf"|rgba?\( ?(?:{_NEARLY_FULL}[ ,]+){{2}}{_NEARLY_FULL}"
    rf"|{_BEFORE_ALPHA}(?:0?\.\d+|[1-4]?\d(?:\.\d*)?%) ?\)"
    r"|(?:hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark|var)\("
)
_NO_AREA = re.compile(rf"inset\( ?(?:100|[5-9]\d)(?:\.\d+)?%|(?:circle|ellipse)\( ?{_ZERO} ?[ )]|rect\( ?0")
_NO_SCALE = re.compile(rf"scale(?:x|y|3d)?\( ?{_ZERO} ?[,)]")
_NO_OPACITY = re.compile(rf"opacity\( ?{_ZERO} ?\)")


@lru_cache(maxsize=500)
def style_sight(style: str) -> Sight:
    """Return the sight of a style attribute, or the worst of all rules of a style sheet."""
    return _worst(list(_declarations(style)))


def colour_sight(value: str) -> Sight:
    """Return the sight of text of a colour, as CSS has it or as the colour attributes of HTML do."""
    colour = _SPACE.sub(" ", value.strip().lower())
    if _CLEAR.match(colour):
        return Sight.HIDDEN
    is_faint = _NEARLY_WHITE.match(colour) or (colour[:1] != "#" and _NEARLY_WHITE.match(f"#{colour}"))
    return Sight.DOUBTFUL if is_faint else Sight.SEEN


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    """Yield properties and values, with escapes resolved; a comment sign in a string makes none, so both are read."""
    plain = _ESCAPE.sub(lambda found: _character(found[1]) if found[1] else found[2], style) if "\\" in style else style
    for text in (plain, _COMMENT.sub("", plain)) if "/*" in plain else (plain,):
        for declaration in _END.split(text):
            name, _, value = declaration.partition(":")
            value = _SPACE.sub(" ", value.partition("!")[0]).strip().lower()
            yield _PREFIX.sub("", name.strip().lower(), count=1), value


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if 0 < number <= 0x10FFFF else "\ufffd"


def _worst(declarations: list[tuple[str, str]]) -> Sight:
    sights = [_SIGHTS[name](value) for name, value in declarations if name in _SIGHTS]
    return max([*sights, _box_sight(declarations)])


def _box_sight(declarations: list[tuple[str, str]]) -> Sight:
    """Return the sight in a box that cuts off what does not fit; a part of an unknown whole is doubted only if none."""
    if not any(name in _OVERFLOWS and value.startswith(("hidden", "clip")) for name, value in declarations):
        return Sight.SEEN
    sides = [(name, value, _length_sight(value)) for name, value in declarations if name in _SIDES]
    counted = (
        sight
        for name, value, sight in sides
        if sight is Sight.HIDDEN or not (name == "line-height" or value.endswith("%"))
    )
    return max(counted, default=Sight.SEEN)


def _length_sight(value: str) -> Sight:
    found = _LENGTH.match(value)
    if found is None:
        return Sight.DOUBTFUL if _FUNCTION.match(value) else Sight.SEEN
    length = float(found[1])
    if length == 0:
        return Sight.HIDDEN
    return Sight.DOUBTFUL if length < _READABLE.get(found[2], _READABLE_EM) else Sight.SEEN


def _font_sight(value: str) -> Sight:
    """Return the sight of the shorthand, whose size is the first length that is no weight."""
    sizes = [word for word in value.replace("/", " ").split(" ") if _LENGTH.match(word) or _FUNCTION.match(word)]
    return next((_length_sight(size) for size in sizes if not _WEIGHT.fullmatch(size)), Sight.SEEN)


def _opacity_sight(value: str) -> Sight:
    if _FUNCTION.match(value):
        return Sight.DOUBTFUL
    found = _LENGTH.match(value.lstrip("-"))
    if found is None:
        return Sight.SEEN
    opacity = float(found[1]) / (100 if found[2] == "%" else 1)
    if opacity == 0 or value.startswith("-"):
        return Sight.HIDDEN
    return Sight.DOUBTFUL if opacity < _READABLE_OPACITY else Sight.SEEN


def _is_one_of(*values: str) -> Callable[[str], Sight]:
    return lambda value: (
        Sight.HIDDEN if value.startswith(values) else Sight.DOUBTFUL if _FUNCTION.search(value) else Sight.SEEN
    )


def _is_far(value: str) -> Sight:
    return Sight.HIDDEN if _FAR_LEFT.match(value) else Sight.SEEN


def _any_but_none(hiding: re.Pattern[str]) -> Callable[[str], Sight]:
    """Make a check of a property that a mail has no need of: whatever it does, the reader may not see the text."""

    def sight(value: str) -> Sight:
        if hiding.search(value):
            return Sight.HIDDEN
        is_none = value.startswith(("none", "auto", "initial", "inherit", "unset")) or not value
        return Sight.SEEN if is_none else Sight.DOUBTFUL

    return sight


def _zoom_sight(value: str) -> Sight:
    return min(_opacity_sight(value), Sight.DOUBTFUL)


_SIGHTS: dict[str, Callable[[str], Sight]] = {
    "display": _is_one_of("none"),
    "visibility": _is_one_of("hidden", "collapse"),
    "content-visibility": _is_one_of("hidden"),
    "mso-hide": _is_one_of("all"),
    "font-size": _length_sight,
    "font": _font_sight,
    "color": colour_sight,
    "text-fill-color": colour_sight,
    "opacity": _opacity_sight,
    "zoom": _zoom_sight,
    "text-indent": _is_far,
    "left": _is_far,
    "top": _is_far,
    "margin-left": _is_far,
    "margin-top": _is_far,
    "transform": _any_but_none(_NO_SCALE),
    "filter": _any_but_none(_NO_OPACITY),
    "clip-path": _any_but_none(_NO_AREA),
    "clip": _any_but_none(_NO_AREA),
    "scale": _zoom_sight,
}
