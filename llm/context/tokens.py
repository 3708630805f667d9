"""How many tokens a text is, about. Pure."""

from __future__ import annotations

BYTES_A_TOKEN = 4


def tokens_of(text: str) -> int:
    """An estimate. By bytes: a character of other scripts is often a token of its own."""
    count = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return -(-count // BYTES_A_TOKEN)
