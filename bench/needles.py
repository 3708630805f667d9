"""A long conversation with facts in it, and questions about them: made anew for every seed.

Facts are about projects with made-up names. Others of the conversation resemble them: other projects with
the same kind of fact, the same project with another kind, and talk that uses the same words. Nothing in here
is shared with the code that has to find the facts.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "paraphrase", "superseded", "abstain"]

_SYLLABLES = (
    *("ka", "lo", "ri", "ven", "tas", "mur", "del", "oph", "zin", "bra", "quo", "nel", "fis", "gar"),
    *("hul", "jov", "pyr", "sal", "tir", "wen", "yx", "ost"),
)
_PEOPLE = ("Alice", "Bob", "Dmitri", "Eszter", "Farah", "Goran")
# Of each kind of fact: what it is, how it is said, how it is asked, and how in other words.
_FACTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "port",
        (
            "The {p} service listens on port {v}.",
            "For {p} we took port {v} in the end.",
            "{p}: port {v}, as agreed.",
        ),
        ("Which port does {p} use?", "What was the port of {p} again?"),
        ("Where do I connect to reach {p}?", "On what number does {p} answer connections?"),
    ),
    (
        "owner",
        (
            "{v} owns {p} from now on.",
            "The owner of {p} is {v}, she said yes.",
            "{p} has an owner at last: {v}.",
        ),
        ("Who is the owner of {p}?", "Who owns {p} now?"),
        ("Whom do I talk to about {p}?", "Who is responsible for {p}?"),
    ),
    (
        "deadline",
        (
            "The deadline of {p} is {v}.",
            "{p} has to be finished by {v}, that is the deadline.",
            "Deadline for {p}: {v}.",
        ),
        ("What is the deadline of {p}?", "When is the deadline for {p}?"),
        ("By when does {p} have to be done?", "How long have we got for {p}?"),
    ),
    (
        "budget",
        (
            "The budget of {p} is {v}.",
            "We may spend {v} on {p}; that is the whole budget.",
            "Budget for {p}: {v}.",
        ),
        ("What is the budget of {p}?", "How big is the budget for {p}?"),
        ("How much money is there for {p}?", "What can {p} cost at the most?"),
    ),
    (
        "vendor",
        (
            "The vendor for {p} is {v}.",
            "We chose {v} as the vendor of {p}.",
            "{p} goes to {v}, they are the best vendor.",
        ),
        ("Which vendor does {p} have?", "Who is the vendor of {p}?"),
        ("Which company delivers {p}?", "From whom do we buy {p}?"),
    ),
    (
        "codename",
        (
            "The codename of {p} is {v}.",
            "In public we call {p} by its codename {v}.",
            "{p} has the codename {v}.",
        ),
        ("What is the codename of {p}?", "Which codename does {p} have?"),
        ("What do we call {p} outside of the company?", "Under which other name does {p} go?"),
    ),
)
_CORRECTIONS = (
    "Correction, the {a} of {p} has changed: it is {v} now.",
    "Forget what I said about {p}, its {a} is {v}.",
    "New {a} for {p}: {v}.",
)
_TALK = (
    "I had a look at {p} this morning, nothing to report.",
    "Has anybody read the notes about {p}? I am a bit lost there.",
    "The meeting on {p} was long, and we talked mostly about lunch.",
    "Good point. I will think about {p} over the weekend.",
    "We should really write down the {a} of everything we do.",
    "Nobody ever remembers a {a}, that is the trouble with us.",
    "Somebody asked me for a {a} yesterday and I had no idea.",
    "ok, fine with me",
    "lol, that is so true",
    "The train was late again, I am in at half past nine.",
    "Coffee machine on the third floor is broken, by the way.",
    "I agree with {n} on this, mostly.",
    "{n}, can you have a look when you are back? No hurry.",
    "Reading the last forty messages I am not sure that we decided anything at all.",
    "That is about {k} of what I had expected.",
    "Draft {k} of the slides is in the folder, comments are welcome until the evening.",
)


@dataclass(frozen=True)
class Question:
    """`answer` must be among what the model is given, and nothing of `stale` after it; no answer where
    nothing was said. `lures` are what was said of the same kind about others."""

    kind: Kind
    text: str
    answer: str
    stale: str = ""
    lures: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Conversation:
    """`said`: who and what, in order."""

    said: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]


def conversation(seed: int, messages: int = 2_000, facts: int = 120) -> Conversation:
    """A conversation of so many `messages` with so many `facts` in it: about half of them is asked plainly
    and in other words, a quarter is superseded, and the others are asked about what nobody said of them."""
    draw = random.Random(seed)
    names = _names(draw)
    at: dict[int, str] = {}
    questions: list[Question] = []
    abstaining: list[tuple[str, str]] = []
    of_kind: dict[str, set[str]] = defaultdict(set)
    # Nothing about what is asked is among the last messages: those are told as they are.
    free = draw.sample(range(messages - messages // 20), 2 * facts)
    for number in range(facts):
        attribute, ways, plain, other = _FACTS[number % len(_FACTS)]
        project, value = next(names), _value(draw, attribute, names)
        first, second = sorted((free[2 * number], free[2 * number + 1]))
        at[first] = draw.choice(ways).format(p=project, v=value)
        of_kind[attribute].add(at[first])
        if number % 4 == 3:
            newer = _value(draw, attribute, names)
            at[second] = draw.choice(_CORRECTIONS).format(a=attribute, p=project, v=newer)
            of_kind[attribute].add(at[second])
            questions.append(Question("superseded", draw.choice(plain).format(p=project), newer, value))
        elif number % 4 == 2:
            # Of this project another fact was said, and this one of another project.
            other_kind, _, asked, _ = _FACTS[(number + 1) % len(_FACTS)]
            abstaining.append((other_kind, draw.choice(asked).format(p=project)))
            at[second] = draw.choice(_TALK).format(p=project, a=attribute, n=draw.choice(_PEOPLE), k=number)
        else:
            questions.append(Question("plain", draw.choice(plain).format(p=project), value))
            questions.append(Question("paraphrase", draw.choice(other).format(p=project), value))
            at[second] = draw.choice(_TALK).format(p=project, a=attribute, n=draw.choice(_PEOPLE), k=number)
        if number % 8 == 0:
            unknown = next(names)
            abstaining.append((attribute, draw.choice(plain).format(p=unknown)))
    for kind, text in abstaining:
        questions.append(Question("abstain", text, "", lures=frozenset(of_kind[kind])))
    spare = [next(names) for _ in range(60)]
    attributes = [fact[0] for fact in _FACTS]
    said = []
    for place in range(messages):
        text = at.get(place) or draw.choice(_TALK).format(
            p=draw.choice(spare), a=draw.choice(attributes), n=draw.choice(_PEOPLE), k=draw.randrange(2, 90)
        )
        said.append((draw.choice(_PEOPLE), text))
    return Conversation(tuple(said), tuple(questions))


def _names(draw: random.Random) -> Iterator[str]:
    seen: set[str] = set()
    while True:
        name = "".join(draw.choice(_SYLLABLES) for _ in range(draw.choice((2, 3, 3)))).capitalize()
        if name not in seen:
            seen.add(name)
            yield name


def _value(draw: random.Random, attribute: str, names: Iterator[str]) -> str:
    match attribute:
        case "port":
            return str(draw.randrange(2_000, 65_000))
        case "deadline":
            month = draw.choice(("January", "March", "May", "June", "September", "November"))
            return f"{draw.randrange(1, 29)} {month} 20{draw.randrange(27, 99)}"
        case "budget":
            return f"{draw.randrange(10, 990)},{draw.randrange(100, 999)} euros"
        case _:
            return next(names)
