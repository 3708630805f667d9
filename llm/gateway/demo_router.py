"""The scripted router of the demo: whose description has the question's words. Pure.

Of two whom it fits, the second raises a hand, so that people without a key see that, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import unescape

_PERSONA = re.compile(r"<persona number=\"(\d+)\"([^>]*)>(.*?)</persona>", re.DOTALL)
_ASKED = re.compile(r"<question speaker=(?:\"[^\"]*\"|'[^']*')>(.*?)</question>", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{4,}")
# So many letters are the same word in most of its forms: "design", "designer".
STEM = 5


def answer(messages: Sequence[tuple[str, str]]) -> str:
    """The number of the persona that the question fits best; 0 where it fits none, or two alike. Below it
    whoever it fits as well, with what they would say."""
    text = "\n".join(content for _, content in messages)
    asked = _ASKED.search(messages[-1][1] if messages else "")
    wanted = _stems(unescape(asked[1])) if asked else set()
    scores = [
        (len(wanted & _stems(unescape(f"{attributes} {description}"))), number)
        for number, attributes, description in _PERSONA.findall(text)
    ]
    ranked = [score for score in sorted(scores, reverse=True) if score[0] > 0]
    if not ranked:
        return "0"
    first = "0" if len(ranked) > 1 and ranked[0][0] == ranked[1][0] else ranked[0][1]
    other = next((number for _, number in ranked if number != first), None)
    return first if other is None else f"{first}\nhand {other}: {_line(unescape(asked[1]) if asked else '')}"


def _line(question: str) -> str:
    """What somebody would say about it, in its own longest word."""
    word = max(_WORD.findall(question), key=len, default="this")
    return f"One thing about “{word}” that is easily overlooked."


def _stems(text: str) -> set[str]:
    stems = {word.casefold()[:STEM] for word in _WORD.findall(text)}
    return stems - {"name", "title", "what", "which", "about", "should", "shoul", "would", "could", "there"}
