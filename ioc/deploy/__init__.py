"""Sets up the neighbours of the engine: broker, InfluxDB, Grafana. Plans are pure; carrying them out is thin HTTP."""
