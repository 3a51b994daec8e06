"""The whole system on one machine, for a demonstration: broker, simulators, engine, console."""
