"""The settings of an installation: one TOML file, single settings overridden by the environment.

`load` reads, checks and freezes them; what it returns is handed to the composition root and goes no further. Secrets
stay where they are until somebody asks for them by name. Not here: anything that a setting is used for.
"""

from __future__ import annotations

from mailgate.config.credentials import address_keys, ensure_address_key, mailbox_secret, outgoing_password
from mailgate.config.loading import load
from mailgate.config.sections import Config, Mailbox

__all__ = [
    "Config",
    "Mailbox",
    "address_keys",
    "ensure_address_key",
    "load",
    "mailbox_secret",
    "outgoing_password",
]
