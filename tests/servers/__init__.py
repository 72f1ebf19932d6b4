"""Real servers for tests: Debian's programs, started in a temporary folder on free loopback ports, and surely ended."""
