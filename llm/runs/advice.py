"""What more voices are likely to bring to a run, read from what the room's personas chose before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from llm.gateway.defaults import is_scripted
from llm.models import Run, Turn
from llm.orchestration import answers
from llm.orchestration.advice_words import line
from llm.orchestration.advising import (
    LEAST,
    Advice,
    Agreement,
    Ballot,
    ModelPair,
    Pair,
    Range,
    Size,
    Voice,
    Vote,
    advise,
    chance_among,
    chance_without_own,
)
from llm.orchestration.values import Answer, Part
from llm.runs.advice_protocol import (
    GroupSizeShape,
    ModelPairShape,
    RangeShape,
    RunAdvice,
    VoicePairShape,
)
from llm.runs.history import ask_of
from llm.runs.protocol import RunSpec
from llm.runs.starting import prepare
from rooms import extensions
from rooms.models import Ballot as PollBallot
from rooms.models import Message, Participant, Poll, Room

VOTES_MOST = 100
# What a run asks before anybody has heard the others: a first ballot, or a rank of answers without names.
_UNHEARD: tuple[Part, ...] = ("opening", "answer", "ranking")

_Dated = tuple[datetime, Vote]


def advice(room: Room, spec: RunSpec) -> RunAdvice:
    """For the cast that `spec` comes to. Raises `invalid` where this could not be started."""
    cast = prepare(room, spec).setup.cast
    found = Participant.objects.filter(pk__in=cast, kind=Participant.Kind.PERSONA).defer("prompt").in_bulk()
    voices = [_voice(found[id_], room) for id_ in cast if id_ in found]
    counted = advise(voices, votes_of(room))
    return _shape(counted, line(voices, counted))


def votes_of(room: Room) -> list[Vote]:
    """The room's last votes of personas that chose without hearing each other and may be known by all."""
    dated = [*_of_runs(room), *_of_polls(room)]
    return [vote for _, vote in sorted(dated, key=lambda pair: pair[0])[-VOTES_MOST:]]


def _of_runs(room: Room) -> Iterable[_Dated]:
    """First ballots and rankings. What is sealed still is nobody's to count, and people are not asked
    about: this is of personas and their models."""
    turns = Turn.objects.filter(
        run__in=list(
            Run.objects.filter(room=room).order_by("-created_at").values_list("pk", flat=True)[:VOTES_MOST]
        ),
        run_part__in=_UNHEARD,
        ask__isnull=False,
        is_sealed=False,
        state=Turn.State.DONE,
        participant__kind=Participant.Kind.PERSONA,
    )
    runs: dict[tuple[UUID | None, str], list[Turn]] = defaultdict(list)
    found = list(turns.order_by("run_number"))
    texts = _texts(found)
    for turn in found:
        runs[turn.run_id, turn.run_phase].append(turn)
    for phase in runs.values():
        yield phase[0].created_at, _vote(phase, texts)


def _texts(turns: Sequence[Turn]) -> dict[UUID, str]:
    """Of those that handed in nothing by themselves: their answer is looked for in what they wrote."""
    ids = [turn.message_id for turn in turns if turn.answer is None and turn.message_id is not None]
    return dict(Message.objects.filter(pk__in=ids).values_list("pk", "text")) if ids else {}


def _vote(turns: Sequence[Turn], texts: dict[UUID, str]) -> Vote:
    """Of each the last answer: one that makes no sense is asked for once more."""
    given: dict[UUID, tuple[Turn, Answer]] = {}
    for turn in turns:
        answer = _answer(turn, texts)
        if answer is not None and not answer.is_abstention:
            given[turn.participant_id] = (turn, answer)
    asked = [ask for turn, _ in given.values() if (ask := ask_of(turn)) is not None]
    labels = {choice for ask in asked for choice in ask.choices}
    if any(ask.kind == "ranking" for ask in asked):
        return Vote(
            tuple(
                Ballot(id_, turn.model, answer.ranking[0], _own(turn, labels))
                for id_, (turn, answer) in given.items()
                if answer.ranking
            ),
            chance_without_own(len(labels)),
        )
    ballots = tuple(
        Ballot(id_, turn.model, answers.key_of(answer.choice)) for id_, (turn, answer) in given.items()
    )
    # Free answers have as many choices as were made: it is not known what else could have been said.
    return Vote(ballots, chance_among(len(labels) or len({ballot.choice for ballot in ballots})))


def _answer(turn: Turn, texts: dict[UUID, str]) -> Answer | None:
    if turn.answer is not None:
        return answers.from_data(turn.answer)
    ask = ask_of(turn)
    text = texts.get(turn.message_id, "") if turn.message_id is not None else ""
    return answers.in_text(ask, text) if ask is not None else None


def _own(turn: Turn, labels: set[str]) -> str:
    """The answer that somebody may not rank, since it is their own; blank for who has none."""
    ask = ask_of(turn)
    left = labels - set(ask.choices) if ask is not None else set()
    return left.pop() if len(left) == 1 else ""


def _of_polls(room: Room) -> Iterable[_Dated]:
    """Polls that were sealed and have been shown. Of anonymous ones nobody may learn who, nor by pairs."""
    shown = Poll.objects.filter(
        room=room, is_sealed=True, is_anonymous=False, is_multiple=False, closed_at__isnull=False
    )
    found = {poll.pk: poll for poll in shown.order_by("-created_at")[:VOTES_MOST]}
    ballots: dict[UUID, list[Ballot]] = defaultdict(list)
    rows = PollBallot.objects.filter(poll__in=found, participant__kind=Participant.Kind.PERSONA)
    for poll_id, voice, model, choices in rows.order_by("pk").values_list(
        "poll_id", "participant_id", "model", "choices"
    ):
        ballots[poll_id].append(Ballot(voice, model, str(choices)))
    for poll_id, cast in ballots.items():
        poll = found[poll_id]
        yield poll.created_at, Vote(tuple(cast), chance_among(len(poll.options)))


def _voice(persona: Participant, room: Room) -> Voice:
    model = extensions.model_of(persona, room).name
    return Voice(persona.pk, model, is_scripted(model))


def _shape(counted: Advice, words: str) -> RunAdvice:
    return RunAdvice(
        line=words,
        votes=counted.votes,
        least=LEAST,
        worth=_range(counted.worth),
        one_more=counted.one_more,
        pairs=[_pair(pair) for pair in counted.pairs],
        models=[_models(pair) for pair in counted.models],
        sizes=[_size(size) for size in counted.sizes],
    )


def _pair(pair: Pair) -> VoicePairShape:
    basis: Any = None if pair.known is None else "own" if pair.known is pair.own else "models"
    return VoicePairShape(
        one_id=pair.one.id,
        other_id=pair.other.id,
        is_same_model=pair.is_same_model,
        basis=basis,
        **_agreement(pair.known or pair.own),
    )


def _models(pair: ModelPair) -> ModelPairShape:
    return ModelPairShape(one=pair.one, other=pair.other, **_agreement(pair.agreement))


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {
        "votes": agreement.votes,
        "agreed": agreement.agreed,
        "beyond_chance": _range(agreement.beyond_chance),
    }


def _size(size: Size) -> GroupSizeShape:
    return GroupSizeShape(size=size.size, votes=size.votes, same=size.same, share=_shown(size.share))


def _range(found: Range | None) -> RangeShape | None:
    return None if found is None else _shown(found)


def _shown(found: Range) -> RangeShape:
    return RangeShape(**asdict(found))
