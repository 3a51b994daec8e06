"""What a row's test gets: where it works, how hard, from which chance, and where its figures go."""

import random
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Case:
    """One row in one form. `figures` go into the report; `away`: seconds without a database in the full form."""

    directory: Path
    full: bool
    seed: int
    away: int = 600
    figures: dict[str, object] = field(default_factory=dict)

    def chance(self) -> random.Random:
        """The same chances in every run with this seed."""
        return random.Random(self.seed)

    def tell(self, **figures: object) -> None:
        """Add to the figures; underscores become blanks."""
        self.figures.update({name.replace("_", " "): value for name, value in figures.items()})

    def within(self, strict: float, loose: float) -> float:
        """The bound of a duration or rate: the promise's own in full, a looser one beside other tests."""
        return strict if self.full else loose
