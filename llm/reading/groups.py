"""From mentions to groups: names that stand together, and how they are called. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from uuid import UUID

from llm.reading import words
from rooms.mentions import Mentions, Span

Kind = Literal["call", "then", "inform"]

MASK = "\0"
SEPARATORS, STOPS = words.SEPARATORS, words.STOPS
# Scripts that do not space their words: a word of theirs may begin and end within letters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# A lead-in is a few words: what is further away says nothing about the name.
LEAD_CHARACTERS = 160


@dataclass(frozen=True)
class Group:
    """Names that stand together. `ids` has None for everybody; `cut` is where their lead-in ("and
    then", "cc") begins, `start` where the first "@" stands."""

    start: int
    end: int
    cut: int
    kind: Kind
    ids: tuple[UUID | None, ...] = field(default=())


def masked(mentions: Mentions) -> str:
    """The text with code and links blotted out, every place as before."""
    pieces, at = [], 0
    for start, end in mentions.opaque:
        pieces += [mentions.text[at:start], MASK * (end - start)]
        at = end
    return "".join([*pieces, mentions.text[at:]])


def groups_of(text: str, spans: Sequence[Span]) -> list[Group]:
    """The groups of the masked `text`, in order.

    1. Spans with only a comma, "and" or white space between them are one group.
    2. What stands before a group tells how it is called; "(cc)" behind it does, too.
    3. "cc @Bo, @Ada please look": the last of several is called where words follow it.
    """
    found: list[Group] = []
    together: list[Span] = []
    for i, span in enumerate(spans):
        together.append(span)
        following = spans[i + 1] if i + 1 < len(spans) else None
        if following is not None and _is_joint(text[span.end : following.start]):
            continue
        before = found[-1].end if found else 0
        found += _grouped(text, together, before, following.start if following else len(text))
        together = []
    return found


def _grouped(text: str, spans: list[Span], before: int, after: int) -> list[Group]:
    first, last = spans[0], spans[-1]
    kind, cut = _lead_in(text, before, first.start)
    ids = tuple(dict.fromkeys(span.id for span in spans))
    behind = text[last.end : after].lstrip(" ,").casefold()
    if any(_starts_with(behind, word) for word in words.INFORMED):
        if len(spans) > 1:
            called = tuple(span.id for span in spans[:-1])
            return [Group(first.start, spans[-2].end, cut, kind, called), *_last(last, "inform")]
        kind = "inform"
    elif kind == "inform" and len(spans) > 1 and _has_words(behind.split("\n", 1)[0]):
        told = Group(first.start, spans[-2].end, cut, "inform", tuple(span.id for span in spans[:-1]))
        return [told, *_last(last, "call")]
    return [Group(first.start, last.end, cut, kind, ids)]


def _last(span: Span, kind: Kind) -> list[Group]:
    return [Group(span.start, span.end, span.start, kind, (span.id,))]


def _is_joint(between: str) -> bool:
    if between.count("\n") > 1:
        return False
    rest = between.casefold().strip(SEPARATORS + "\n&+/")
    return rest == "" or rest in _ands()


@cache
def _ands() -> frozenset[str]:
    return frozenset(words.AND)


def _lead_in(text: str, before: int, start: int) -> tuple[Kind, int]:
    """How the group at `start` is called, and where the words that say so begin."""
    lead = text[max(before, start - LEAD_CHARACTERS) : start]
    folded = lead.casefold()
    # Folding may lengthen: then places in it mean nothing.
    if len(folded) != len(lead):
        folded = lead.lower() if len(lead.lower()) == len(lead) else lead
    end = len(folded.rstrip(SEPARATORS))
    told = _ending(folded[:end], "inform")
    if told and _is_start(folded[: end - len(told)]):
        return "inform", start - len(lead) + end - len(told)
    kinds: list[str] = []
    has_comma = "," in folded[end:]
    rest = before_lead = folded
    while True:
        rest = rest.rstrip(SEPARATORS)
        kind, word = _last_word_of(rest)
        if not word:
            break
        rest = rest[: -len(word)]
        # What only fills belongs to the lead-in where more of that stands before it.
        if kind in {"hand", "then"} or (kind == "and" and kinds):
            kinds.append(kind)
            before_lead = rest
    rest = before_lead.rstrip(SEPARATORS)
    cut = start - len(lead) + len(rest)
    if "hand" in kinds:
        return "then", cut
    if "then" in kinds:
        gap = folded[len(rest) :]
        gap = gap[: len(gap) - len(gap.lstrip(SEPARATORS))]
        stands_apart = rest == "" or rest[-1] in STOPS or gap.strip() != "" or "and" in kinds
        # "What do you think then, @Bo?" and "back then @Bo said" speak of no order.
        is_other = _ending(rest, "not") != ""
        if not is_other and (stands_apart or not has_comma):
            return "then", cut
    return "call", start


_LISTS: dict[str, Sequence[str]] = {
    "hand": words.HAND_OVER,
    "then": words.THEN,
    "and": words.AND,
    "fill": words.FILLERS,
    "inform": words.INFORM,
    "not": words.NOT_THEN_AFTER,
}


def _last_word_of(text: str) -> tuple[str, str]:
    """Which of the small words that make a lead-in `text` ends with, and its kind."""
    for kind in ("hand", "then", "and", "fill"):
        word = _ending(text, kind)
        if word:
            return kind, word
    return "", ""


def _ending(text: str, kind: str) -> str:
    """The longest word of that kind that `text` ends with, as a word."""
    list_ = _longest_first(kind)
    if not text.endswith(list_):
        return ""
    return next((word for word in list_ if _ends_with(text, word)), "")


@cache
def _longest_first(kind: str) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(_LISTS[kind]), key=len, reverse=True))


def _ends_with(text: str, word: str) -> bool:
    if not text.endswith(word):
        return False
    before = text[-len(word) - 1 : -len(word)]
    return not (before.isalnum() and word[0].isalnum()) or bool(_UNSPACED.match(word))


def _starts_with(text: str, word: str) -> bool:
    return text.startswith(word) and not text[len(word) : len(word) + 1].isalnum()


def _is_start(text: str) -> bool:
    """Whether a word may begin behind `text`: "cc" at the end of a path is none."""
    return text == "" or text[-1] not in "_@/\\"


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)
