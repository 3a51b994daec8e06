"""From a transition to a message that an official has received."""
