"""From what a model sends to what its persona says and thinks. Pure.

Models begin with their own name: in the transcript every message has its speaker, and they
copy that ("Ada: …", "**Ada:** …", "[Ada]: …", "Ada (Engineer): …", "Ada, the Engineer: …",
"Ada — …", or "[Ada]" on a line of its own). What may still become
such a prefix is held back, at most the longest of them; so nobody sees a name that is then
taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from llm.cleaning import TextCleaner
from llm.scriptlines import Marker, ScriptLines, Voice
from llm.seam import Seam
from llm.thinking.inline import InlineThinking

_MARKS = (("", ""), ("**", "**"), ("*", "*"), ("__", "__"), ("_", "_"), ("[", "]"), ("<", ">"))
# A dash only with a space on both sides.
_COLONS = (":", "\uff1a", " \u2014", " \u2013")


class Speaker:
    """The filter of one reply. Each method answers (what was thought, what was said).

    `others` are who else is in the room, `keywords` what markers of tools begin with, if the
    model writes its tools into the text. `before` is the text that the reply goes on from, if
    it does, and `is_midline` whether it does so within a line.
    """

    def __init__(
        self,
        name: str,
        title: str = "",
        *,
        others: Sequence[Voice] = (),
        keywords: Sequence[str] = (),
        before: str = "",
        is_midline: bool = False,
    ) -> None:
        self._text, self._thinking = TextCleaner(), TextCleaner()
        self._inline = InlineThinking()
        self._own_name = OwnName(name, title)
        self._lines = ScriptLines(Voice(name, title), others, keywords=keywords, is_midline=is_midline)
        self._seam = Seam(before)

    @property
    def cut_for(self) -> str | None:
        """For whom the text began to speak: it ends there, whatever comes."""
        return self._lines.cut_for

    @property
    def markers(self) -> Sequence[Marker]:
        """The tools that were written into the text."""
        return self._lines.markers

    def think(self, piece: str) -> tuple[str, str]:
        """A piece that the provider says is thinking."""
        return self._thinking.clean(piece), ""

    def say(self, piece: str) -> tuple[str, str]:
        """A piece of text."""
        thought, said = self._inline.feed(self._text.clean(piece))
        return thought, self._seam.feed(self._lines.feed(self._own_name.feed(said))) if said else ""

    def rest(self) -> tuple[str, str]:
        """What is still held, at the end of the stream."""
        thought, said = self._inline.feed(self._text.end())
        held_thought, held = self._inline.rest()
        named = self._own_name.feed(said + held) + self._own_name.rest()
        lines = self._lines.feed(named) + self._lines.rest()
        return (
            self._thinking.end() + thought + held_thought,
            self._seam.feed(lines) + self._seam.rest(),
        )


class OwnName:
    """The beginning of one reply, whatever the chunks that it comes in.

    1. White space before the first word is passed on.
    2. From there text is held while it is the beginning of a prefix.
    3. A whole prefix is dropped with the white space behind it, once. A plain colon must be
       followed by white space or the end: "http://…" is not said by somebody named Http.
    4. Anything else is let go, and from then on everything at once.
    """

    def __init__(self, name: str, title: str = "") -> None:
        self._prefixes = _prefixes(name, title)
        self._held = ""
        self._is_past_name = False
        self._is_done = not name

    def feed(self, text: str) -> str:
        """What may be shown now."""
        if self._is_done:
            return text
        if self._is_past_name:
            return self._skip_space(text)
        self._held += text
        word = self._held.lstrip()
        space = self._held[: len(self._held) - len(word)]
        self._held = word
        if not word:
            return space
        for prefix in self._prefixes:
            if _begins(word, prefix) and _may_follow(prefix, word[len(prefix) :]):
                self._held, self._is_past_name = "", True
                return space + self._skip_space(word[len(prefix) :])
        if any(_begins(prefix, word) for prefix in self._prefixes):
            return space
        self._held, self._is_done = "", True
        return space + word

    def rest(self) -> str:
        """What is still held, at the end of the stream."""
        held, self._held, self._is_done = self._held, "", True
        return (
            ""
            if any(len(held) == len(prefix) and _begins(held, prefix) for prefix in self._prefixes)
            else held
        )

    def _skip_space(self, text: str) -> str:
        text = text.lstrip()
        self._is_done = bool(text)
        return text


@lru_cache(maxsize=256)
def _prefixes(name: str, title: str) -> tuple[str, ...]:
    known_as = ["AI", "AI persona", *([title] if title else [])]
    titled = [f"{name}, {title}", f"{name}, the {title}", f"{name} the {title}"] if title else []
    speakers = [name, *(f"{name} ({known})" for known in known_as), *titled]
    alone = [f"{marked}{end}" for marked in (f"[{name}]", f"**{name}**") for end in ("\n", "\r\n")]
    return (*alone, *_labels(speakers))


def _labels(speakers: Sequence[str]) -> Iterator[str]:
    yield from (
        prefix
        for speaker in speakers
        for opening, closing in _MARKS
        for colon in _COLONS
        for prefix in dict.fromkeys(
            (f"{opening}{speaker}{closing}{colon}", f"{opening}{speaker}{colon}{closing}")
        )
    )


def _begins(text: str, beginning: str) -> bool:
    """Case-insensitive, character by character: lower case may be longer than its capital."""
    return len(text) >= len(beginning) and all(
        one == other or one.lower() == other.lower() for one, other in zip(text, beginning, strict=False)
    )


def _may_follow(prefix: str, rest: str) -> bool:
    return not prefix.endswith((":", "\u2014", "\u2013")) or rest[:1].isspace()
