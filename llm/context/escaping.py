"""What participants wrote, made unable to pass for anything else in a prompt. Pure.

Every text stands between tags of ours. Whoever writes `</message>` would close theirs and
could go on as somebody else, so `<`, `>` and `&` are written as XML writes them. A persona's
prompt is its owner's and often has tags of its own, which models read best as they are: in it
only tags of our names are taken apart.
"""

from __future__ import annotations

import re

# What no provider takes (half a character), and control characters, which carry nothing.
_HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
)

# The tags of `llm.context`, and those that a model may take for ours.
TAGS = (
    "ability",
    "conversation",
    "decided",
    "memory",
    "message",
    "note",
    "participant",
    "participants",
    "persona",
    "pins",
    "polls",
    "recalled",
    "reply_to",
    "room",
    "run",
    "system",
    "task",
    "trigger",
    "turn",
    "your_message",
)
# White space and what is not seen may stand where a reader would still see a tag.
_OWN_TAG = re.compile(rf"<(?=[\s/\u00ad\u200b-\u200f\u2060\ufeff]*(?:{'|'.join(TAGS)})\b)", re.IGNORECASE)


def clean(text: str) -> str:
    """`text` as every provider takes it: whole characters, one kind of line end."""
    if not text.isascii():
        text = _HALF.sub("\ufffd", text)
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escaped(text: str) -> str:
    """For between tags."""
    return clean(text).translate(_TEXT)


def attribute(value: str) -> str:
    """A whole attribute value, with its quotes."""
    return f'"{clean(value).translate(_ATTRIBUTE)}"'


def without_own_tags(text: str) -> str:
    """A prompt: its own tags stay, ours can neither be opened nor closed in it."""
    return _OWN_TAG.sub("&lt;", clean(text))
