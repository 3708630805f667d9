"""A scripted room of three people, five personas and some hundred messages, and what each reply's
model is sent on the way. For the measure of what consecutive prompts share."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from llm.models import Turn
from llm.requests import request_for
from rooms.models import Guest, Message, Participant, Room

PEOPLE = ("Alice", "Bob", "Dan")
PERSONAS = ("Ada", "Bo", "Cy", "Eve", "Fay")
_SMALL = [
    "the",
    "a",
    "of",
    "and",
    "to",
    "in",
    "it",
    "is",
    "that",
    "we",
    "for",
    "with",
    "on",
    "as",
    "but",
    "not",
    "this",
    "so",
    "at",
    "if",
]
_WORDS_A_TOPIC = 40
_PROMPT = "You are {name}. Say what you would do first, and why; name what could fail, and be brief. " * 4


@dataclass(frozen=True)
class Prompt:
    """The text that a model was sent for one reply, its messages one after the other."""

    model: str
    persona: str
    text: bytes
    layout: str
    shown: int


def prompts(*, messages: int, is_shared: bool, seed: int = 5) -> Iterator[Prompt]:
    """Plays the room; `is_shared`: all personas answer with one model, else each with its own.

    Needs a database to write into. Rows are made directly: what is played is reading.
    """
    chance = random.Random(seed)
    room = Room.objects.create(name="Tool library", description="We plan a tool library for our street. " * 5)
    people = [_seat(room, name, guest=Guest.objects.create(name=name)) for name in PEOPLE]
    personas = [
        _seat(
            room,
            name,
            prompt=_PROMPT.format(name=name),
            model="openai/one" if is_shared else f"openai/{name}",
        )
        for name in PERSONAS
    ]
    began = timezone.now() - timedelta(hours=3)
    number = 0

    def say(who: Participant, text: str, answers: Message | None = None) -> Message:
        nonlocal number
        number += chance.choice((1, 1, 2, 4))  # other events come between
        at = began + timedelta(seconds=number)
        return Message.objects.create(
            room=room, participant=who, seq=number, text=text, reply_to=answers, created_at=at, finished_at=at
        )

    said = 0
    while said < messages:
        called = chance.sample(personas, chance.choice((0, 1, 1, 1, 2, 3)))
        names = " ".join(f"@{persona.name}" for persona in called)
        trigger = say(chance.choice(people), f"{names} {_text(chance, said, 4, 25)}".strip())
        said += 1
        for persona in called:
            turn = Turn(room=room, participant=persona, trigger_message=trigger, model=persona.model)
            request = request_for(turn)
            assert request.rendered is not None
            yield Prompt(
                persona.model,
                persona.name,
                "".join(message.content for message in request.messages).encode(),
                request.rendered.layout,
                len(request.rendered.verbatim),
            )
            say(persona, _text(chance, said, 15, 60), trigger)
            said += 1


def shared(before: bytes, after: bytes) -> int:
    """How many bytes both begin with."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if before[:middle] == after[:middle] else (low, middle - 1)
    return low


def share(played: list[Prompt]) -> float:
    """Of all bytes that were sent to models that had been sent something before, the part that
    their last prompt began with as well."""
    last: dict[str, bytes] = {}
    same = whole = 0
    for prompt in played:
        if prompt.model in last:
            same += shared(last[prompt.model], prompt.text)
            whole += len(prompt.text)
        last[prompt.model] = prompt.text
    return same / whole


def _text(chance: random.Random, said: int, least: int, most: int) -> str:
    """Words of what is talked about just now; now and then of something earlier."""
    topic = said // 12
    if chance.random() < 0.1:
        topic = chance.randint(0, topic)
    words = random.Random(topic)
    own = ["".join(words.choices("aeioulnrstdkmp", k=words.randint(4, 9))) for _ in range(_WORDS_A_TOPIC)]
    return " ".join(
        chance.choice(own if chance.random() < 0.5 else _SMALL) for _ in range(chance.randint(least, most))
    )


def _seat(
    room: Room, name: str, *, guest: Guest | None = None, prompt: str = "", model: str = ""
) -> Participant:
    kind = Participant.Kind.HUMAN if guest else Participant.Kind.PERSONA
    return Participant.objects.create(
        room=room, name=name, name_key=name.lower(), kind=kind, guest=guest, prompt=prompt, model=model
    )
