"""Old messages of a room that matter to what is said now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from llm.memory import relevance
from llm.memory.relevance import Found, Hits
from llm.memory.tokens import estimate
from rooms.models import Message, Room
from rooms.search.finding import places_of_each
from rooms.search.terms import Group, excerpt, terms

# Of each term the newest so many: a word that more have says little.
HITS_MOST = 300
# Of the best; what a budget of recalled messages could hold.
CANDIDATES_MOST = 120
# Of a recalled message, what is around the words that it was found by.
CHARACTERS = 900
# Around a recalled message in a prompt: its tag and its speaker.
AROUND_TOKENS = 24
# Messages right before what is asked, whose words count too.
BEFORE = 2
# An answer stands within so many messages of its question.
_ANSWER_WITHIN = 2


@dataclass(frozen=True)
class Recalled:
    """An old message, or the part of it that matters. `because`: the words by which it was found."""

    message_id: UUID
    seq: int
    participant_id: UUID
    text: str
    is_whole: bool
    because: tuple[str, ...]
    score: float
    tokens: int


def recalled(
    room: Room,
    trigger: Message,
    budget: int,
    *,
    before: int | None = None,
    exclude: Collection[UUID] = (),
    factor: float = 1.0,
) -> list[Recalled]:
    """The messages of `room` that matter to `trigger`, oldest first, in at most `budget` tokens.

    `before`: only those placed before it, as the others stand in the prompt anyhow. `exclude` are ids that
    stand there too. Nothing where nothing matters enough.
    """
    place = trigger.seq or room.head_seq + 1
    before = place if before is None else min(before, place)
    if before <= 1:
        return []
    texts = list(
        Message.objects.filter(room=room, kind=Message.Kind.CHAT, seq__lt=place)
        .exclude(state=Message.State.STREAMING)
        .order_by("-seq")
        .values_list("text", flat=True)[:BEFORE]
    )
    asked = trigger.text
    if trigger.reply_to is not None:
        texts = [trigger.reply_to.text, *texts[:1]]
        if not relevance.terms_of(asked):
            asked = trigger.reply_to.text  # "And why?" asks about that
    found = _found(room, asked, texts, before=before)
    return _within(room, found, budget, {*exclude, trigger.pk}, factor)


def recall(
    room: Room, query: str, budget: int, *, before: int | None = None, factor: float = 1.0
) -> list[Recalled]:
    """The messages of `room` that answer `query`, oldest first: what a persona asks for itself."""
    found = _found(room, query, [], before=room.head_seq + 1 if before is None else before)
    return _within(room, found, budget, set(), factor)


def _found(room: Room, asked: str, texts: list[str], *, before: int) -> list[Found]:
    people = dict(room.participants.values_list("pk", "name"))
    wanted = relevance.terms_of(asked, texts, names=_called(asked, people.values()))
    if not wanted:
        return []
    each = places_of_each(room, [term.group for term in wanted], before=before, limit=HITS_MOST)
    hits = [
        Hits(term, tuple(places), is_all=len(places) < HITS_MOST)
        for term, places in zip(wanted, each, strict=True)
    ]
    said = terms(asked)
    about = {pk for pk, name in people.items() if set(terms(name)[:1]) & set(said)}
    places = {place for hit in hits for place in hit.places}
    speakers: dict[int, UUID] = (
        dict(_placed(room).filter(seq__in=places).values_list("place", "participant_id"))
        if about and len(places) < 3_000
        else {}
    )
    best = relevance.ranked(hits, messages=max(1, room.head_seq), speakers=speakers, asked_about=about)
    best = best[:CANDIDATES_MOST]
    return relevance.with_neighbours(best, _answers(room, [f.place for f in best[:20]], before))


def _called(asked: str, names: Collection[str]) -> list[str]:
    """Those of `names` that `asked` calls with an @: they say who is asked, not about what."""
    lower = asked.lower()
    return [name for name in names if f"@{name.lower()}" in lower]


def _answers(room: Room, places: list[int], before: int) -> dict[int, list[int]]:
    """For each of `places` that asks something what came next, and for each reply what it replies to."""
    beside: dict[int, list[int]] = {}
    asking: list[int] = []
    for seq, text, replied_to in (
        _placed(room).filter(seq__in=places).values_list("place", "text", "answered")
    ):
        if replied_to is not None and replied_to < before:
            beside.setdefault(seq, []).append(replied_to)
        if text.rstrip().endswith(("?", "？", "؟")):
            asking.append(seq)
    replies = _placed(room).filter(answered__in=places, seq__lt=before)
    for seq, replied_to in replies.values_list("place", "answered")[:100]:
        beside.setdefault(replied_to, []).append(seq)
    for seq in asking:
        following = _placed(room).filter(seq__gt=seq, seq__lt=before).order_by("seq")
        beside.setdefault(seq, []).extend(following.values_list("place", flat=True)[:_ANSWER_WITHIN])
    return beside


def _placed(room: Room) -> Any:
    """The room's chat messages with their `place` and that of the one that they answer."""
    messages = Message.objects.filter(room=room, kind=Message.Kind.CHAT, seq__isnull=False)
    return messages.annotate(place=F("seq"), answered=F("reply_to__seq"))


def _within(
    room: Room, found: list[Found], budget: int, exclude: Collection[UUID], factor: float
) -> list[Recalled]:
    places = [f.place for f in found[:CANDIDATES_MOST]]
    messages = Message.objects.filter(room=room, seq__in=places).exclude(text="")
    # Bare values: a hundred model objects cost more than the search.
    bare = messages.values_list("seq", "pk", "participant_id", "text")
    rows = {seq: (message_id, participant_id, text) for seq, message_id, participant_id, text in bare}
    kept: list[Recalled] = []
    said: set[str] = set()
    for f in found[:CANDIDATES_MOST]:
        if f.place not in rows:
            continue
        message_id, participant_id, whole = rows[f.place]
        if message_id in exclude:
            continue
        text = _around(whole, f.because)
        tokens = estimate(text, factor) + AROUND_TOKENS
        folded = " ".join(text.lower().split())
        # What was said twice alike is remembered once; what does not fit may be followed by what does.
        if folded in said or tokens > budget:
            continue
        said.add(folded)
        budget -= tokens
        is_whole = text == whole
        kept.append(Recalled(message_id, f.place, participant_id, text, is_whole, f.because, f.score, tokens))
    return sorted(kept, key=lambda r: r.seq)


def _around(text: str, because: Collection[str]) -> str:
    if len(text) <= CHARACTERS:
        return text
    groups = [Group((word,), is_prefix=True) for words in because for word in words.split()]
    return "".join(piece for piece, _ in excerpt(text, groups, CHARACTERS))
