"""mailgate: support sold as prepaid hours, run from the mail client."""
