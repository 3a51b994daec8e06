"""From bytes to samples or named refusals. Pure."""
