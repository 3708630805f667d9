"""Lines that a script would have: a speaker's label, a tag of the transcript, a marker. Pure.

A model that was given a conversation may go on with it: it writes "Bob: I agree" and speaks for
somebody else. Its text is cut there. Only what can hardly be anything else is taken for that:

1. A line that begins, without indentation, with the name of somebody in the room as it is
   written there (or in capitals), perhaps marked ("**Bob:**", "[Bob]:") and with its title in
   brackets, a colon, white space, and then no number, sum or sign; or with a tag of the
   transcript (`<message … speaker="Bob">`). Quotes, lists, tables and code begin otherwise.
2. Not inside a fenced block of code, and not after a line that ends in a colon ("Who does
   what:"): there names begin a list, for as long as each line has one.
3. The own label is taken out where a paragraph begins with it, the own tag anywhere.

Held back is the beginning of a line for as long as it may become one of these, LONGEST
characters at the most; whatever the chunks, the text is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

import regex

LONGEST = 700

_OPEN = r"(?:\*\*|__|\*|_|\[|<)?"
# Possessive: what may be a longer sign is waited for.
_CLOSE = r"(?:\*\*|__|\*|_|\]|>)?+"
# What speech begins with: no number, amount, sum, bullet or path.
_SPEECH = r"[^\s\d$€£¥+\-=~<>|/\\:%]"
_TAG = (
    r"<(?:message|trigger)[ ](?:[^<>\n]{0,200}?[ ])?speaker="
    r"(?:\"(?P<double>[^\"<>\n]{1,90})\"|'(?P<single>[^'<>\n]{1,90})')"
    r"[^<>\n]{0,200}>"
)
_CLOSING_TAG = "</message>"
_FENCE = r"[ ]{0,3}(?P<fence>`{3,40}|~{3,40})(?=[^`~])"
_OPENING_FENCE = regex.compile(_FENCE)


@dataclass(frozen=True)
class Voice:
    """Somebody in the room, as labels know them."""

    name: str
    title: str = ""


@dataclass(frozen=True)
class Marker:
    """A use of a tool that was written into the text: "[[mention @Bo: look]]"."""

    keyword: str
    rest: str


class ScriptLines:
    """The lines of one reply of `me`. `keywords`: what markers begin with; none, no markers.

    `is_midline`: the text goes on in the middle of a line. `cut_for` is the name of whom it
    began to speak for; nothing comes after that.
    """

    def __init__(
        self, me: Voice, others: Sequence[Voice], *, keywords: Sequence[str] = (), is_midline: bool = False
    ) -> None:
        self.cut_for: str | None = None
        self.markers: list[Marker] = []
        self._me = me.name
        self._names = {voice.name: voice.name for voice in (me, *others)}
        self._names |= {voice.name.upper(): voice.name for voice in (me, *others)}
        self._growing, self._last = _patterns((me, *others), tuple(keywords))
        self._firsts = frozenset("`~<[*_ ") | {spelling[0] for spelling in self._names}
        self._overlong = regex.compile(
            rf"\[\[(?i:(?P<keyword>{_any_of(keywords)}))(?P<rest>[ :@,][^\n]{{600}})"
        )
        self._held = ""
        self._is_start = not is_midline
        self._is_paragraph = True
        # Of the line under way: its first characters, its last visible one, whether it has a label.
        self._line = ""
        self._end = ""
        self._has_label = False
        self._is_list = False
        self._fence = ""
        self._has_tag = self._is_behind_tag = False
        self._is_swallowing = False

    def feed(self, text: str) -> str:
        """What may be shown now."""
        if self.cut_for is not None:
            return ""
        is_plain = not (self._is_start or self._held or self._has_tag or self._is_swallowing)
        if is_plain and "\n" not in text:
            self._note(text)
            return text
        self._held += text
        return self._take(is_last=False)

    def rest(self) -> str:
        """What is still held, at the end of the stream."""
        return self._take(is_last=True)

    def _take(self, *, is_last: bool) -> str:
        shown: list[str] = []
        while self._held and self.cut_for is None:
            part = self._begin(is_last=is_last) if self._is_start else self._flow(is_last=is_last)
            if part is None:
                break
            shown.append(part)
        if self.cut_for is not None:
            self._held = ""
        return "".join(shown)

    def _begin(self, *, is_last: bool) -> str | None:
        """The beginning of a line: None while it may become something."""
        if self._fence:
            self._is_start = False
            return ""
        if self._is_behind_tag:
            self._held = self._held.lstrip("\r\n")
            if not self._held:
                return None
            self._is_behind_tag = False
        if self._held[0] not in self._firsts:
            # Most lines: a look at the pattern would cost ten times as much as all else.
            self._is_start = False
            return ""
        pattern = self._last if is_last else self._growing
        found = pattern.match(self._held, partial=not is_last)
        if found is not None and found.partial:
            if len(self._held) < LONGEST:
                return None
            found = None
        if found is None:
            found = self._overlong.match(self._held)
            self._is_swallowing = found is not None
        self._is_start = False
        if found is None:
            return ""
        return self._recognised(found)

    def _recognised(self, found: regex.Match[str]) -> str:
        groups = found.groupdict()
        if groups.get("keyword"):
            self.markers.append(Marker(groups["keyword"].lower(), groups["rest"].strip()))
            self._held = self._held[found.end() :]
            return ""
        if groups["fence"]:
            return ""
        if found["closing"]:
            self._held = self._held[found.end() :]
            return ""
        speaker = found["double"] or found["single"]
        if speaker:
            return self._tagged(unescape(speaker), found.end())
        name = self._names[found["who"]]
        is_bare = not found["gap"] and found["colon"] == ":" and not found["close"]
        if is_bare and self._held[found.end() : found.end() + 1] not in ("", "\n"):
            return ""
        self._has_label = True
        if self._is_list or self._ends_in_colon():
            self._is_list = True
            return ""
        if name != self._me:
            self.cut_for = name
        elif self._is_paragraph:
            self._held = self._held[found.end() :]
            if self._held.startswith("\n"):
                self._held = self._held[1:]
                self._is_start = True
        return ""

    def _tagged(self, speaker: str, end: int) -> str:
        if speaker != self._me:
            self.cut_for = speaker
            return ""
        self._has_tag = self._is_behind_tag = self._is_start = True
        self._held = self._held[end:]
        return ""

    def _flow(self, *, is_last: bool) -> str | None:
        """The rest of a line, as far as it is there."""
        end = self._held.find("\n") + 1 or len(self._held)
        if self._is_swallowing:
            self._held = self._held[end - 1 :] if self._held[end - 1] == "\n" else ""
            self._is_swallowing = not self._held
            return ""
        if self._has_tag:
            at = self._held.find(_CLOSING_TAG, 0, end)
            if at >= 0:
                part, self._held = self._held[:at], self._held[at + len(_CLOSING_TAG) :]
                self._note(part)
                return part
            if not is_last and not self._held.endswith("\n"):
                end -= _beginning_at_end(self._held[:end], _CLOSING_TAG)
                if end <= 0:
                    return None
        part, self._held = self._held[:end], self._held[end:]
        self._note(part)
        if part.endswith("\n"):
            self._end_line()
        return part

    def _note(self, text: str) -> None:
        if len(self._line) < 200:
            self._line += text
        visible = text.rstrip("*_ \t\r\n")
        if visible:
            self._end = visible[-1]

    def _end_line(self) -> None:
        line = self._line.strip()
        if self._fence:
            if len(line) >= len(self._fence) and not line.strip(self._fence[0]):
                self._fence = ""
        elif (opened := _opened_fence(self._line)) != "":
            self._fence = opened
        if line and not self._has_label:
            self._is_list = False
        self._is_paragraph = not line
        self._is_start, self._has_label, self._line = True, False, ""

    def _ends_in_colon(self) -> bool:
        return self._end in (":", "\uff1a")


def _opened_fence(line: str) -> str:
    found = _OPENING_FENCE.match(line) if line.lstrip(" ")[:1] in ("`", "~") else None
    if found is None:
        return ""
    fence: str = found["fence"]
    # With more of its sign behind it, it is code within a line.
    return "" if fence[0] == "`" and "`" in line[found.end() :] else fence


@lru_cache(maxsize=256)
def _patterns(
    voices: tuple[Voice, ...], keywords: tuple[str, ...]
) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """For a line that may go on, and for one at the end of the stream."""
    names = {spelling for voice in voices for spelling in (voice.name, voice.name.upper())}
    who = "|".join(regex.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    titles = "|".join(regex.escape(title) for title in ("AI persona", "AI", "person", *_titles(voices)))
    label = (
        rf"{_OPEN}(?P<who>{who})(?:\ \((?:{titles})\))?{_CLOSE}(?P<colon>[:\uff1a])(?P<close>{_CLOSE})"
        r"(?P<gap>[ \t\r]{0,8})"
    )
    parts = [
        _FENCE,
        _TAG,
        r"(?P<closing></message>)",
        rf"\[\[(?i:(?P<keyword>{_any_of(keywords)}))(?P<rest>(?:[ :@,][^\n]{{0,600}}?)?)"
        r"(?:\]\]|(?=\r?\n){end})",
        rf"{label}(?={_SPEECH}|\n{{end}})",
    ]
    growing, last = (
        regex.compile("|".join(part.replace("{end}", end) for part in parts)) for end in ("", r"|\Z")
    )
    return growing, last


def _any_of(keywords: Sequence[str]) -> str:
    return "|".join(map(regex.escape, keywords)) or r"(?!)"


def _titles(voices: Sequence[Voice]) -> list[str]:
    return sorted({voice.title for voice in voices if voice.title}, key=lambda title: (-len(title), title))


def _beginning_at_end(text: str, tag: str) -> int:
    """How many of the last characters of `text` may be the beginning of `tag`."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if tag.startswith(text[-length:]):
            return length
    return 0
