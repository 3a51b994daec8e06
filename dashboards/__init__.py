"""Grafana walls, generated from the catalogue."""
