"""Where a reply that was cut off goes on: what is said again at the seam is taken out. Pure.

A model that is asked to go on from exactly where it stopped likes to begin a little
earlier, with its last sentence or with the whole reply.
"""

from __future__ import annotations

# So many letters and digits make a repetition; less may be chance ("a" and "apple", "---").
LETTERS = 8


class Seam:
    """The beginning of what follows `before`, whatever the chunks that it comes in.

    1. Text is held while it could grow into a longer repetition of the end of `before`.
    2. Then the longest beginning that repeats that end is dropped, with the white space in
       front of it, if it has `LETTERS` letters; and from then on all is let go at once.
    """

    def __init__(self, before: str) -> None:
        self._before = before
        self._held = ""
        self._is_done = not before

    def feed(self, text: str) -> str:
        """What is new in `text` and certain to be."""
        if self._is_done:
            return text
        self._held += text
        if _may_grow(self._before, self._held.lstrip()):
            return ""
        return self.rest()

    def rest(self) -> str:
        """What is new in what is still held, at the end of the stream."""
        held, self._held, self._is_done = self._held, "", True
        word = held.lstrip()
        for text in (held, word):
            repeated = overlap(self._before, text)
            if repeated:
                return text[repeated:]
        return held


def overlap(before: str, after: str) -> int:
    """How many characters at the beginning of `after` repeat the end of `before`."""
    for length in range(min(len(before), len(after)), LETTERS - 1, -1):
        if before.endswith(after[:length]):
            return length if sum(map(str.isalnum, after[:length])) >= LETTERS else 0
    return 0


def _may_grow(before: str, held: str) -> bool:
    """Whether `held` stands in `before`, with more behind it."""
    at = before.find(held)
    return 0 <= at < len(before) - len(held)
