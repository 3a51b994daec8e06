"""The commands, a module for each group. Imports are inside the commands, so that `--help` answers at once."""
