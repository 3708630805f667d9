"""From groups to tasks: which words of a message are whose. Pure.

1. The text falls into sentences. One with a single unit is that unit's, whole.
2. In one with several, each has what follows it, up to where the next one's clause begins; or,
   where they are named at the end ("refine this, @Ada, and code it, @Bo"), what stands before.
3. Names without a boundary between them ("@Ada, ask @Bo about it") share one clause, and so
   do those with nothing of their own before one that has ("@Ada, then @Bo: review this").
4. A sentence that names nobody is everybody's before the first that does, behind one that named
   several, and after an empty line; else it goes on with whoever was named last.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from llm.reading import words
from llm.reading.groups import MASK, SEPARATORS, Group

# A focus, not a copy: who is called reads the whole message anyway.
TASK_CHARACTERS = 1_000
# So few words in front of a name belong to it: "refine this and could @Bo code it".
BRIEF_WORDS = 3

_SENTENCE_END = re.compile(words.SENTENCE_END)
_BOUNDARY = re.compile(words.BOUNDARY)
_EMPTY_BRACKETS = re.compile(words.EMPTY_BRACKETS)
_ENDING_OF_NAME = re.compile(words.ENDING_OF_NAME)
_LIST_NUMBER = re.compile(r"^\d{1,2}[.)]\s+")
_WORD = re.compile(r"[^\W_]+")
_CONNECTING = frozenset(words.AND) | frozenset(words.BUT)
_HARMLESS = frozenset(words.GREETINGS) | frozenset(words.AND)


@dataclass
class Unit:
    """Groups that share their words, within one sentence; `parts` are those words."""

    groups: list[Group]
    parts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sentence:
    start: int
    end: int
    is_after_gap: bool
    groups: tuple[Group, ...]


@dataclass
class Told:
    """The units of each sentence that has some; what is said to all of them, `before` and `after`."""

    units: list[list[Unit]] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def told_to(text: str, shown: str, groups: Sequence[Group]) -> Told:
    """Who is told what.

    `text` is masked, `shown` the same with its code: parts are taken from there.
    """
    told = Told()
    for sentence in _sentences(text, groups):
        if sentence.groups:
            told.units.append(_split(text, shown, sentence))
            continue
        said = clean(shown[sentence.start : sentence.end])
        if said == "" or _is_harmless(said):
            continue
        if not told.units:
            told.before.append(said)
        elif len(told.units[-1]) > 1 or sentence.is_after_gap or told.after:
            told.after.append(said)
        else:
            told.units[-1][-1].parts.append(said)
    return told


def clean(text: str) -> str:
    """One line, without what only joined it to something else; blank where no words are left."""
    line = " ".join(_EMPTY_BRACKETS.sub("", text.replace("\n", " ")).split())
    line = _ENDING_OF_NAME.sub("", line).lstrip(f"{words.LOOSE_ENDS}>").rstrip(f"{words.LOOSE_ENDS}.。")
    line = _LIST_NUMBER.sub("", line)
    first, space, rest = line.partition(" ")
    # A single letter may as well be a word: "I", "a".
    if space and len(first) > 1 and first.casefold() in _CONNECTING:
        line = rest.lstrip()
    if not _has_words(line):
        return ""
    return f"{line[: TASK_CHARACTERS - 1]}…" if len(line) > TASK_CHARACTERS else line


def _sentences(text: str, groups: Sequence[Group]) -> Iterator[Sentence]:
    start, gap, left, taken = 0, False, deque(groups), list[Group]()
    for match in [*_SENTENCE_END.finditer(text), None]:
        end = len(text) if match is None else match.end()
        while left and left[0].start < end:
            taken.append(left.popleft())
        if match is not None and taken and taken[-1].end > match.start():
            continue  # within a name: "Sam Jr."
        if end > start and (taken or text[start:end].strip()):
            yield Sentence(start, end, gap, tuple(taken))
            taken = []
        gap = match is not None and match[0].count("\n") > 1
        start = max(start, end)


def _split(text: str, shown: str, sentence: Sentence) -> list[Unit]:
    informed = [group for group in sentence.groups if group.kind == "inform"]
    for group in informed:
        # Nobody's words.
        blank = " " * (group.end - group.cut)
        text = text[: group.cut] + blank + text[group.end :]
        shown = shown[: group.cut] + blank + shown[group.end :]
    groups = [group for group in sentence.groups if group.kind != "inform"]
    units = [Unit([group]) for group in informed]
    if not groups:
        return units
    if len(groups) == 1:
        return [_alone(text, shown, sentence, groups[0]), *units]
    if _are_at_the_end(text, sentence, groups):
        starts = [sentence.start, *(group.end for group in groups)]
        return [
            *(
                Unit([group], [clean(shown[start : group.cut])])
                for start, group in zip(starts, groups, strict=False)
            ),
            *units,
        ]
    return [*_in_order(text, shown, sentence, groups), *units]


def _alone(text: str, shown: str, sentence: Sentence, group: Group) -> Unit:
    before, after = shown[sentence.start : group.cut], shown[group.end : sentence.end]
    if group.kind == "then" or _is_harmless(text[sentence.start : group.start]):
        # Its lead-in is no part of what it is asked.
        part = clean(f"{'' if _is_harmless(before) else before} {after}")
    elif not _has_words(after):
        part = clean(before)
    else:
        part = clean(shown[sentence.start : sentence.end])
    return Unit([group], [part])


def _are_at_the_end(text: str, sentence: Sentence, groups: Sequence[Group]) -> bool:
    lead = text[sentence.start : groups[0].cut]
    gap = text[groups[0].end : groups[1].cut]
    tail = text[groups[-1].end : sentence.end]
    return (
        not _is_harmless(lead)
        and not _has_words(tail)
        and _has_words(gap)
        and gap.lstrip()[:1] in words.PAUSES
    )


def _in_order(text: str, shown: str, sentence: Sentence, groups: Sequence[Group]) -> list[Unit]:
    lead = shown[sentence.start : groups[0].cut]
    is_prefix = not _is_harmless(lead)
    # "For the launch: @Ada …" is said to all; "I think @Ada should …" is no sentence without it.
    is_for_all = is_prefix and lead.rstrip()[-1:] in words.PAUSES
    keeps = is_prefix and not is_for_all
    units = [Unit([groups[0]])]
    begin = sentence.start if keeps else groups[0].end
    for group, following in zip(groups, [*groups[1:], None], strict=True):
        end = sentence.end if following is None else following.cut
        own = text[group.end : end]
        if following is None:
            units[-1].parts.append(clean(shown[begin:end]))
        elif following.kind == "then" or not _has_words(own):
            units[-1].parts.append(clean(shown[begin:end]) if _has_words(own) or keeps else "")
            units.append(Unit([following]))
            begin, keeps = following.end, False
        else:
            at = _clause_end(own)
            if at is None:
                units[-1].groups.append(following)
                continue
            units[-1].parts.append(clean(shown[begin : group.end + at]))
            has_lead = _has_words(_strip_connectors(text[group.end + at : end]))
            units.append(Unit([following]))
            begin = group.end + at if has_lead else following.end
            keeps = False
    _share_empty(units)
    if is_for_all:
        for unit in units:
            unit.parts = [": ".join(part for part in (clean(lead), *unit.parts) if part)]
    return units


def _share_empty(units: list[Unit]) -> None:
    for unit, following in zip(units[-2::-1], units[:0:-1], strict=True):
        if not any(unit.parts):
            unit.parts = list(following.parts)


def _clause_end(own: str) -> int | None:
    """Where, in what stands between two names, the words of the first end; None: nowhere."""
    offset = len(own) - len(own.lstrip(SEPARATORS))
    ends = [
        match.start()
        for match in _BOUNDARY.finditer(own, offset)
        if _is_boundary(match[0], own[match.end() :])
    ]
    # The first word says what to do: a connector there joins nothing.
    ends = [end for end in ends if _has_words(own[:end])]
    if not ends:
        return None
    rest = _strip_connectors(own[ends[-1] :])
    return ends[-1] if len(_WORD.findall(rest)) <= BRIEF_WORDS else None


def _is_boundary(mark: str, rest: str) -> bool:
    """A single letter joins clauses only right before a name: "y @Bo", but "a plan with @Bo"."""
    if not _WORD.match(mark):
        return True
    return mark.casefold() in _CONNECTING and (len(mark) > 1 or mark > "\u2fff" or not _has_words(rest))


def _strip_connectors(text: str) -> str:
    rest = text.lstrip(SEPARATORS)
    while True:
        match = _WORD.match(rest)
        if match is None or match[0].casefold() not in _CONNECTING:
            return rest
        rest = rest[match.end() :].lstrip(SEPARATORS)


def _is_harmless(text: str) -> bool:
    """Whether these are only greetings and joints, which ask for nothing."""
    if MASK in text:
        return False
    return all(word.isdigit() or word.casefold() in _HARMLESS for word in _WORD.findall(text))


def _has_words(text: str) -> bool:
    return any(character.isalnum() or character == MASK for character in text)
