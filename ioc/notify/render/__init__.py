"""One truth in many forms: what a message says, for every channel. Pure."""
