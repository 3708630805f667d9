"""Which old messages matter to what is asked now. Pure.

1. The words of what is asked, and with less weight of what came right before it, become terms: common words
   of some languages are left out, and longer words are cut to their beginnings, so that "deciding" finds
   "decided".
2. A term weighs by how rare it is among the room's messages.
3. A message's score is the weight of the terms in it; one by somebody who is asked about, and a newer one of
   two alike, count for more. One with too small a part of all that is asked is none.
4. What was answered and what answers it come with it, for less.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log
from uuid import UUID

from llm.memory.stopwords import STOP_WORDS
from rooms.search.terms import Group, is_unspaced, terms

TERMS_MOST = 24
# The share of what is asked, by weight, that a message must have in it.
LEAST_SHARE = 0.28
# What a name in what is asked weighs: whether that is in a message decides what it is about.
NAME_WEIGHT = 1.6
_PROPER = re.compile(r"(?<=[\w,;:] )[^\W\d_a-z][\w'-]*")
# What the words right before weigh, against those of what is asked.
BEFORE_WEIGHT = 0.3
_SPEAKER, _NEWEST, _NEIGHBOUR = 1.25, 0.12, 0.55


@dataclass(frozen=True, slots=True)
class Term:
    """A word to look for, and how much it counts before its rarity is known."""

    group: Group
    weight: float


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a term was found: the newest `places`, the newest first. `is_all`: there are no more."""

    term: Term
    places: tuple[int, ...]
    is_all: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A message that may matter, and how much. `because` are the words by which it was found."""

    place: int
    score: float
    because: tuple[str, ...]


def terms_of(asked: str, before: Sequence[str] = (), *, names: Collection[str] = ()) -> list[Term]:
    """What to look for where `asked` is asked after the messages `before`. `names` are those of the room's
    participants who are called and say nothing of what is meant."""
    called = {term for name in names for term in terms(name)}
    found: dict[Group, float] = {}
    proper = {term for word in _PROPER.findall(asked) for term in terms(word)[:1]}
    for text, weight in [(asked, 1.0), *((text, BEFORE_WEIGHT) for text in before)]:
        for group in _groups(text, called):
            is_name = any(name.startswith(group.terms[0]) for name in proper)
            weighs = NAME_WEIGHT if weight == 1.0 and is_name else weight
            found[group] = max(weighs, found.get(group, 0.0))
    # Longer words tell more, until it is known how rare they are.
    by_worth = sorted(found.items(), key=lambda item: (-item[1], -sum(map(len, item[0].terms))))
    return [Term(group, weight) for group, weight in by_worth[:TERMS_MOST]]


def ranked(
    hits: Sequence[Hits], *, messages: int, speakers: Mapping[int, UUID], asked_about: Collection[UUID] = ()
) -> list[Found]:
    """The places found, by what they are worth, of a room with so many `messages`.

    `speakers` says who said what of the places, `asked_about` who is named in what is asked.
    """
    weights = [_rarity(hit, messages) * hit.term.weight for hit in hits]
    asked = sum(weight for hit, weight in zip(hits, weights, strict=True) if hit.term.weight > BEFORE_WEIGHT)
    # What came before only adds to what is asked.
    own: dict[int, float] = defaultdict(float)
    scores: dict[int, float] = defaultdict(float)
    because: dict[int, list[str]] = defaultdict(list)
    for hit, weight in zip(hits, weights, strict=True):
        for place in hit.places:
            scores[place] += weight
            own[place] += weight if hit.term.weight > BEFORE_WEIGHT else 0.0
            because[place].append(" ".join(hit.term.group.terms))
    if not scores or asked == 0:
        return []
    newest = max(scores)
    found = []
    for place, score in scores.items():
        if own[place] < LEAST_SHARE * asked:
            continue
        worth = score * (1 + _NEWEST * place / newest)
        if speakers.get(place) in asked_about:
            worth *= _SPEAKER
        found.append(Found(place, worth, tuple(because[place])))
    return sorted(found, key=lambda f: (-f.score, -f.place))


def with_neighbours(
    found: Sequence[Found], answers: Mapping[int, Sequence[int]], known: Collection[int] = ()
) -> list[Found]:
    """`found`, and what stands beside it by `answers` (places by place), worth less; without `known`."""
    best = {f.place: f for f in found}
    for f in found:
        for place in answers.get(f.place, ()):
            other = best.get(place)
            score = f.score * _NEIGHBOUR
            if other is None or other.score < score:
                best[place] = Found(place, score, f.because)
    kept = (f for f in best.values() if f.place not in known)
    return sorted(kept, key=lambda f: (-f.score, -f.place))


def _rarity(hit: Hits, messages: int) -> float:
    """How much it says that a message has this term, from how many have it."""
    count = len(hit.places)
    if not hit.is_all and count > 1:
        # The newest of many: as dense as these, over all of the room.
        span = max(1, hit.places[0] - hit.places[-1])
        count = max(count, round(count * hit.places[0] / span))
    return log(1 + messages / (1 + min(count, messages)))


def _groups(text: str, called: Collection[str]) -> list[Group]:
    groups: list[Group] = []
    previous = ""
    for term in terms(text):
        if is_unspaced(term):
            # Two letters of such a script are about a word.
            if previous and is_unspaced(previous):
                groups.append(Group((previous, term)))
        elif term not in STOP_WORDS and term not in called and len(term) > 1:
            groups.append(_beginning(term))
        previous = term
    return groups


def _beginning(term: str) -> Group:
    """The word, or what other forms of it begin with as well."""
    if not term.isalpha() or len(term) < 4:
        return Group((term,))
    cut = 3 if len(term) >= 9 else 2 if len(term) >= 7 else 1 if len(term) >= 5 else 0
    return Group((term[: len(term) - cut],), is_prefix=True)
