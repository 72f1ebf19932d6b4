"""text/plain; format=flowed into logical lines (RFC 3676). Nothing here tells old text from new."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflow(text: str, *, has_delsp: bool) -> str:
    """Join the soft line breaks of a flowed text; `has_delsp` deletes the space before them (section 4.1).

    A paragraph ends where the depth of quotation changes, and the signature separator is never flowed (section 4.3).
    """
    pieces: list[str] = []
    is_open, open_depth = False, 0
    for line in text.split("\n"):
        depth, content = _split(line)
        if not (is_open and depth == open_depth and content != _SIGNATURE):
            pieces.append("\n" * bool(pieces) + ">" * depth + " " * bool(depth))
        is_open, open_depth = content.endswith(" ") and content != _SIGNATURE, depth
        pieces.append(content[:-1] if is_open and has_delsp else content)
    return "".join(pieces)


def _split(line: str) -> tuple[int, str]:
    """Return the depth of quotation and the line without its quote marks and its space-stuffing."""
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")
