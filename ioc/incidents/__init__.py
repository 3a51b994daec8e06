"""Incidents: what people handle, its owner, its log, who is told when nobody answers."""
