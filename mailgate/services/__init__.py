"""Use cases, a transaction each; what all the doors share."""
