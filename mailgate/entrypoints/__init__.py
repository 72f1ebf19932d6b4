"""The doors: protocol in, use case out, errors become protocol codes."""
