"""The time-series face: line protocol, writer, InfluxQL reader."""
