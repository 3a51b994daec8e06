"""The engine of the operations centre."""

__version__ = "0.1.0"
