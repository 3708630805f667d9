"""Thinking that a model writes into its text, split off. Pure."""

from __future__ import annotations

_TAGS = {"<think>": "</think>", "<thinking>": "</thinking>"}


class InlineThinking:
    """The beginning of one reply, whatever the chunks that it comes in.

    1. Text is held while it is white space and the beginning of an opening tag; a reply
       that begins otherwise is let go untouched, and so is every tag further on.
    2. After an opening tag all is thinking, but for what may still become the closing tag.
    3. After the closing tag white space is dropped, and the rest is said.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._is_space = False
        self._is_done = False

    def feed(self, text: str) -> tuple[str, str]:
        """What was thought and what was said with `text`."""
        if self._is_done:
            return "", text
        if self._is_space:
            return "", self._skip_space(text)
        self._held += text
        return self._think() if self._closing else self._begin()

    def rest(self) -> tuple[str, str]:
        """What is still held, at the end of the stream."""
        held, self._held, self._is_done = self._held, "", True
        return (held, "") if self._closing else ("", held)

    def _begin(self) -> tuple[str, str]:
        word = self._held.lstrip()
        for opening, closing in _TAGS.items():
            if word[: len(opening)].lower() == opening:
                self._held, self._closing = word[len(opening) :], closing
                return self._think()
        if any(opening.startswith(word.lower()) for opening in _TAGS):
            return "", ""
        held, self._held, self._is_done = self._held, "", True
        return "", held

    def _think(self) -> tuple[str, str]:
        thought, closing, said = _partition(self._held, self._closing)
        if closing:
            self._held, self._closing, self._is_space = "", "", True
            return thought, self._skip_space(said)
        kept = _beginning_at_end(self._held, self._closing)
        cut = len(self._held) - kept
        thought, self._held = self._held[:cut], self._held[cut:]
        return thought, ""

    def _skip_space(self, text: str) -> str:
        text = text.lstrip()
        self._is_done = bool(text)
        return text


def _partition(text: str, tag: str) -> tuple[str, str, str]:
    """`str.partition`, whatever the case of the tag."""
    for at in range(len(text) - len(tag) + 1):
        if text[at] == "<" and text[at : at + len(tag)].lower() == tag:
            return text[:at], tag, text[at + len(tag) :]
    return text, "", ""


def _beginning_at_end(text: str, tag: str) -> int:
    """How many of the last characters of `text` may be the beginning of `tag`."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if tag.startswith(text[-length:].lower()):
            return length
    return 0
