"""Bytes that arrive become values here."""
