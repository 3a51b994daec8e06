"""The durable log of accepted samples, its readers and their cursors."""
