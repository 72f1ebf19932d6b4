"""The demonstration: one support case of each kind, played by real SMTP against a real daemon.

Nothing in it is faked: the code path is that of `serve`, mails go in through the listener and come out of the outbox.
The sender plays the mail server in front and adds Authentication-Results, as a real one does.
"""

from mailgate.entrypoints.demo.play import play

__all__ = ["play"]
