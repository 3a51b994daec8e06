"""The operator console and its API."""
