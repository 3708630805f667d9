"""A run as its mode sees it, read from its rows: nothing is remembered anywhere else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

from django.utils import timezone

from llm.models import Run, SealedText, Turn, UsageEntry
from llm.once import once
from llm.orchestration import answers
from llm.orchestration.values import (
    Answer,
    Ask,
    AskKind,
    History,
    Member,
    Office,
    Part,
    Said,
    Setup,
    Taken,
    TakenState,
)
from rooms import extensions
from rooms.models import Message, Participant

# Of a turn: as many as a run has are read at each of its boundaries, and most columns for nothing.
_READ = (
    *("run_id", "run_number", "participant_id", "message_id", "state", "error_code", "created_at"),
    *("run_part", "run_phase", "run_round", "is_sealed", "is_retaken", "ask", "answer"),
)
# What people said lately: modes look at whether somebody spoke, and at the newest.
SAID_MOST = 50


def setup_of(run: Run) -> Setup:
    offices = tuple((cast(Office, office), UUID(id_)) for office, id_ in run.offices.items())
    return Setup(
        goal=run.goal,
        cast=tuple(UUID(id_) for id_ in run.cast),
        offices=offices,
        rounds=run.rounds,
        quorum=run.quorum,
        choices=tuple(run.choices),
        seed=str(run.pk),
    )


def history_of(run: Run) -> History:
    turns = list(run.turns.filter(run_number__isnull=False).order_by("run_number").only(*_READ))
    texts = _texts(turns)
    used = _used(run)
    decided = {turn.pk for turn in turns}
    beside = [spent for id_, spent in used.items() if id_ not in decided]
    return History(
        setup=setup_of(run),
        members=tuple(_member(persona, run) for persona in cast_of(run).values()),
        taken=tuple(_taken(turn, texts.get(turn.pk, ""), used.get(turn.pk, _Used())) for turn in turns),
        said=_said(run, turns),
        seconds=seconds_of(run),
        asked_at=frozenset(run.steps.filter(decision__kind="wait").values_list("decision__after", flat=True)),
        beside_tokens=sum(spent.tokens for spent in beside),
        beside_usd=sum(spent.usd for spent in beside),
    )


def with_next(history: History, turn: Turn) -> History:
    """`history` once this turn, which has not been written yet, runs."""
    coming = replace(_taken(turn, "", _Used()), state="running")
    return replace(history, taken=(*history.taken, coming))


@once(lambda run: (run.pk, run.room.head_seq))
def cast_of(run: Run) -> dict[UUID, Participant]:
    """Who takes part in a run, those with an office too, without their prompts. A change of any of them is
    an event of the room."""
    setup = setup_of(run)
    ids = {*setup.cast, *(id_ for _, id_ in setup.offices)}
    return {persona.pk: persona for persona in Participant.objects.filter(pk__in=ids).defer("prompt")}


def seconds_of(run: Run) -> float:
    """How long it was on until now, pauses not counted."""
    since = (timezone.now() - run.counted_from).total_seconds() if run.counted_from else 0.0
    return run.seconds + max(0.0, since)


def ask_of(turn: Turn) -> Ask | None:
    if turn.ask is None:
        return None
    return Ask(cast(AskKind, turn.ask["kind"]), tuple(turn.ask["choices"]))


@dataclass
class _Used:
    tokens: int = 0
    usd: float = field(default=0.0)


def _used(run: Run) -> dict[UUID, _Used]:
    """As budgets count it, with estimates where a provider tells nothing."""
    used: dict[UUID, _Used] = defaultdict(_Used)
    entries = UsageEntry.objects.filter(turn__run=run)
    for turn_id, tokens, usd in entries.values_list("turn_id", "counted_tokens", "counted_usd"):
        if turn_id is not None:
            used[turn_id].tokens += tokens
            used[turn_id].usd += float(usd)
    return used


def _member(persona: Participant, run: Run) -> Member:
    is_here = persona.left_at is None and not persona.is_muted
    model = extensions.model_of(persona, run.room).name if persona.kind == Participant.Kind.PERSONA else ""
    return Member(persona.pk, persona.name, model, is_here)


def _texts(turns: list[Turn]) -> dict[UUID, str]:
    """By turn: what stands in its message, or is sealed."""
    of_message = {turn.message_id: turn.pk for turn in turns if turn.message_id is not None}
    told = Message.objects.filter(pk__in=of_message).values_list("pk", "text")
    texts = {of_message[message_id]: text for message_id, text in told}
    sealed = SealedText.objects.filter(turn__in=[turn.pk for turn in turns if turn.is_sealed])
    return texts | dict(sealed.values_list("turn_id", "text"))


def _taken(turn: Turn, text: str, used: _Used) -> Taken:
    ask = ask_of(turn)
    return Taken(
        number=turn.run_number or 0,
        member=turn.participant_id,
        part=cast(Part, turn.run_part),
        phase=turn.run_phase,
        round=turn.run_round,
        state=cast(TakenState, turn.state),
        is_sealed=turn.is_sealed,
        ask=ask,
        answer=_answer(turn, ask, text),
        text=text,
        code=turn.error_code,
        tokens=used.tokens,
        usd=used.usd,
        is_retaken=turn.is_retaken,
    )


def _answer(turn: Turn, ask: Ask | None, text: str) -> Answer | None:
    if turn.answer is not None:
        return answers.from_data(turn.answer)
    return answers.in_text(ask, text) if ask is not None and turn.state == Turn.State.DONE else None


def _said(run: Run, turns: list[Turn]) -> tuple[Said, ...]:
    goal_seq = run.message.seq
    if goal_seq is None:  # it is being started
        return ()
    people = Message.objects.filter(
        room=run.room_id, seq__gt=goal_seq, kind=Message.Kind.CHAT, participant__kind=Participant.Kind.HUMAN
    )
    newest = people.order_by("-seq").values_list("created_at", "participant__name", "text")[:SAID_MOST]
    return tuple(
        Said(sum(turn.created_at < at for turn in turns), name, text) for at, name, text in reversed(newest)
    )
