"""Text of a model as it can be stored and told: no NUL, no half of a character. Pure.

Providers written in JavaScript may cut a stream between the two UTF-16 halves of one
character; Python then has two lone surrogates, which neither Redis nor PostgreSQL takes.
"""

from __future__ import annotations

_REPLACEMENT = "\ufffd"


class TextCleaner:
    """Cleans the pieces of one stream; a first half waits for its second."""

    def __init__(self) -> None:
        self._half = ""

    def clean(self, piece: str) -> str:
        """`piece`, and what was held back of the one before, without what can't be stored."""
        text, self._half = self._half + piece, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        if not text.isascii():
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text.replace("\x00", _REPLACEMENT)

    def end(self) -> str:
        """What is left at the end of the stream."""
        left, self._half = self._half, ""
        return _REPLACEMENT if left else ""


def cleaned(text: str) -> str:
    """A whole text."""
    cleaner = TextCleaner()
    return cleaner.clean(text) + cleaner.end()
