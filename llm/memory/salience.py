"""What of a text is worth remembering, without a model. Pure.

A sentence counts for decisions and duties, numbers and dates, names, and questions, in a few languages; one
that only greets or agrees counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")
_DECISION = re.compile(
    r"\b(?:decid\w+|decision\w*|agree[ds]?|approv\w+|chose\w*|we(?:'ll| will| are going)|will be|let's go|"
    r"must|"
    r"has to|have to|need(?:s|ed)? to|never|always|deadline|due|remember|important|instead|no longer|"
    r"changed?|moved?|renamed?|switch(?:ed)?|correct\w*|from now on|"
    r"beschlossen|entschieden|entscheid\w+|vereinbart|"
    r"müssen|muss|wichtig|frist|statt|décid\w+|convenu\w*|doit|doivent|important\w*|désormais|decidi\w+|"
    r"acord\w+|debe\w*|import[ae]\w+|deciso|deve|devono|решил\w*|договорил\w*|нужно|должн\w+|важно)\b"
    r"|决定|同意|必须|改为|截止|重要|決定|決め|必要|変更|締め切り|결정|합의|해야|중요",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_CODE = re.compile(r"`[^`]+`|https?://\S+|\b[\w-]+\.(?:py|js|ts|md|org|com|net|io)\b|\b[A-Z]{2,}[-_\d]*\b")
_NAME = re.compile(r"(?<=[\w,;:] )[A-ZÀ-ÖØ-ÞΑ-ΩА-Я][\w'’-]+|@\w+")
_FACT = re.compile(
    r"\b(?:is|are|was|were|has|have|called|named|ist|sind|heißt|est|sont|es|son|è)\b|是|は|이다"
)
_WORD = re.compile(r"\w+")

SENTENCE_CHARACTERS = 280
# Less is no sentence that says something by itself, unless its script needs few letters.
_LEAST_WEIGHT = 0.2
_FROM_A_MESSAGE = 2


@dataclass(frozen=True, slots=True)
class Said:
    """A message, as its summary is made from it."""

    place: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    place: int
    text: str
    weight: float


def weight_of(sentence: str) -> float:
    """How much `sentence` is worth remembering, 0 to 1."""
    weight = 0.0
    weight += 0.3 if _DECISION.search(sentence) else 0.0
    weight += 0.25 if _NUMBER.search(sentence) else 0.0
    weight += 0.15 if _CODE.search(sentence) else 0.0
    weight += 0.15 if _NAME.search(sentence) else 0.0
    weight += 0.1 if _FACT.search(sentence) else 0.0
    weight += 0.1 if sentence.rstrip().endswith(("?", "？")) else 0.0
    words = len(_WORD.findall(sentence))
    is_spaced = sentence.isascii() or words > 3
    if is_spaced and words < 4:
        weight *= 0.3
    return min(1.0, weight)


def extract(messages: Iterable[Said], most: int) -> list[Sentence]:
    """The `most` sentences most worth remembering, in the order in which they were said, each with its
    speaker's name."""
    found: list[Sentence] = []
    for message in messages:
        best = sorted(_sentences(message), key=lambda s: -s.weight)
        found += [s for s in best[:_FROM_A_MESSAGE] if s.weight >= _LEAST_WEIGHT]
    best = sorted(found, key=lambda s: (-s.weight, s.place))[:most]
    return sorted(best, key=lambda s: s.place)


def _sentences(message: Said) -> Sequence[Sentence]:
    sentences = []
    for part in _SENTENCE_END.split(message.text[:20_000]):
        text = " ".join(part.split()).lstrip("-*#> ")
        if not text:
            continue
        clipped = text if len(text) <= SENTENCE_CHARACTERS else f"{text[: SENTENCE_CHARACTERS - 1]}…"
        sentences.append(Sentence(message.place, f"{message.speaker}: {clipped}", weight_of(clipped)))
    return sentences
