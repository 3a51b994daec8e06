"""Text that came from a file or a device, made harmless for every place it may be shown in."""

import unicodedata

GONE = frozenset({"Cf", "Cs", "Co", "Cn"})
"""Format marks (direction, joiners, tags), halves of pairs, private and unassigned signs."""
SPACE = frozenset({"Cc", "Zl", "Zp", "Zs"})


def clean(text: str) -> str:
    """The text as one line in NFC, without control, direction or invisible marks."""
    kept = []
    for sign in unicodedata.normalize("NFC", text):
        category = unicodedata.category(sign)
        if category not in GONE:
            kept.append(" " if category in SPACE else sign)
    return " ".join("".join(kept).split())


def cut(text: str, length: int, end: str = "…") -> str:
    """At most `length` signs, cut between words where that is possible, with `end` where something is missing."""
    if len(text) <= length:
        return text
    room = max(0, length - len(end))
    head = text[:room]
    if " " in head and not text[room : room + 1].isspace():
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,;:") + end[: length - len(head.rstrip(" ,;:"))]
