"""The rules of the desk as pure values and functions; standard library only."""
