"""The IMAP door against Debian's Dovecot."""
