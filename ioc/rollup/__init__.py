"""Roll-ups over time and space, and derived indicators, computed from the journal."""
