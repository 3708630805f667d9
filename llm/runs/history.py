"""A run as its mode sees it, read from its rows: nothing is remembered anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from django.utils import timezone

from llm.context.people import everybody
from llm.models import Run, SealedText, Turn
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
from llm.runs.rows import Rows, Used, rows_of
from rooms import extensions
from rooms.models import Message, Participant

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


def history_of(run: Run, rows: Rows | None = None) -> History:
    """`rows`: what is written of it, where that was read."""
    rows = rows_of(run.pk) if rows is None else rows
    turns = rows.decided
    texts = _texts(turns)
    used = {id_: _sum(calls) for id_, calls in rows.used.items()}
    decided = {turn.pk for turn in turns}
    beside = [spent for id_, spent in used.items() if id_ not in decided]
    return History(
        setup=setup_of(run),
        members=tuple(_member(persona, run) for persona in cast_of(run).values()),
        taken=tuple(_taken(turn, texts.get(turn.pk, ""), used.get(turn.pk, _Sum())) for turn in turns),
        said=_said(run, turns),
        seconds=seconds_of(run),
        asked_at=rows.asked_at,
        beside_tokens=sum(spent.tokens for spent in beside),
        beside_usd=sum(spent.usd for spent in beside),
    )


def with_next(history: History, turn: Turn) -> History:
    """`history` once this turn, which has not been written yet, runs."""
    coming = replace(_taken(turn, "", _Sum()), state="running")
    return replace(history, taken=(*history.taken, coming))


@once(lambda run: (run.pk, run.room.head_seq))
def cast_of(run: Run) -> dict[UUID, Participant]:
    """Who takes part in a run, those with an office too, without their prompts. A change of any of them is
    an event of the room."""
    setup = setup_of(run)
    ids = {*setup.cast, *(id_ for _, id_ in setup.offices)}
    return {one.pk: one for one in everybody(run.room) if one.pk in ids}


def seconds_of(run: Run) -> float:
    """How long it was on until now, pauses not counted."""
    since = (timezone.now() - run.counted_from).total_seconds() if run.counted_from else 0.0
    return run.seconds + max(0.0, since)


def ask_of(turn: Turn) -> Ask | None:
    if turn.ask is None:
        return None
    return Ask(cast(AskKind, turn.ask["kind"]), tuple(turn.ask["choices"]))


@dataclass(frozen=True)
class _Sum:
    tokens: int = 0
    usd: float = 0.0


def _sum(calls: Sequence[Used]) -> _Sum:
    """As budgets count it, with estimates where a provider tells nothing."""
    return _Sum(sum(call.counted_tokens for call in calls), sum(float(call.counted_usd) for call in calls))


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


def _taken(turn: Turn, text: str, used: _Sum) -> Taken:
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
