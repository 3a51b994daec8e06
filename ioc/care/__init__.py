"""Looking after a centre: doctor, dead letters, backup and restore. Runs beside the engine, never inside it."""
