"""`python -m mailgate`: the same command line as the installed program, and nothing of its own."""

from __future__ import annotations

from mailgate.entrypoints.cli import main

if __name__ == "__main__":
    main()
