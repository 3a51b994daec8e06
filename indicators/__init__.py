"""The catalogue: what is measured, where, and against which limits and targets."""
