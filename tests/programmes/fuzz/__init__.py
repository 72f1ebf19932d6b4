"""Fuzzing of whatever reads what strangers write: targets, their first inputs, and two ways to vary them."""
