"""A package, so that no distribution that ships a `tests` folder can stand in its place."""
