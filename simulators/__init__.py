"""A seeded province that speaks the wires of the real one."""
