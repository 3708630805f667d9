"""Short ways through a run: turns end as a worker ends them, and the run is driven by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from llm import turns
from llm.claims import Claimed
from llm.memory.windows import OUTPUT_TOKENS
from llm.models import Run, Turn
from llm.orchestration import answers
from llm.orchestration.values import Answer
from llm.requests import request_for
from llm.runs.driver import advance
from llm.tests.helpers import WORKER
from rooms.protocol.shapes import ErrorShape
from rooms.tests.people import Json, Workshop

GOAL = "How do we make the library feel like a room?"
FAILED = ErrorShape(code="unavailable", message="The provider is away.")


def start(studio: Workshop, mode: str = "round_robin", *, goal: str = GOAL, **spec: Any) -> Run:
    """Bob starts a run."""
    answer = studio.bob.command(studio.id, "run.start", mode=mode, goal=goal, **spec)
    assert answer.status == 200, answer
    return Run.objects.get(pk=answer.body["run_id"])


def newest_run(studio: Workshop) -> Run:
    return Run.objects.filter(room=studio.uuid).latest("created_at")


def opened(studio: Workshop) -> list[str]:
    """Who of the run speaks or is about to, by name, in the order of their turns."""
    found = Turn.objects.filter(run=newest_run(studio), state__in=turns.OPEN).order_by("run_number")
    return list(found.values_list("participant__name", flat=True))


def open_turn(studio: Workshop, name: str) -> Turn:
    found = Turn.objects.filter(run=newest_run(studio), state__in=turns.OPEN, participant__name=name)
    turn = found.order_by("run_number").first()
    assert turn is not None, f"{name} has no turn; {opened(studio)} have"
    return turn


def end(
    studio: Workshop,
    name: str,
    text: str = "",
    *,
    state: turns.EndState = "done",
    answer: Answer | None = None,
    error: ErrorShape | None = None,
) -> Turn:
    """The turn of that persona runs to its end, and the run goes on."""
    turn = claimed(open_turn(studio, name))
    if answer is not None:
        Turn.objects.filter(pk=turn.pk).update(answer=answers.to_data(answer))
    if text and not turn.is_sealed:
        assert turns.begin(turn, uuid4(), text)
    assert turns.settle(turn, state, turns.Text(text, 0), error or (FAILED if state == "failed" else None))
    assert turn.run_id is not None
    follow(turn.run_id)
    turn.refresh_from_db()
    return turn


def claimed(turn: Turn) -> Turn:
    """The turn as its worker has it: some are taken where they are made."""
    if turn.state == Turn.State.RUNNING:
        return turn
    found = turns.claim(turn.pk, WORKER)
    assert found is not None
    return found


def follow(run_id: UUID) -> Claimed | None:
    """The run goes on, as by a worker that has just ended a turn of it. Whom it took is asked the same as if
    its turn had waited in the queue."""
    taken = advance(run_id, WORKER)
    if taken is not None:
        turn = Turn.objects.get(pk=taken.turn.pk)
        assert (turn.state, turn.fence, turn.worker) == (Turn.State.RUNNING, 1, WORKER)
        assert request_for(turn) == replace(taken.request, max_output_tokens=OUTPUT_TOKENS)
    return taken


def messages(studio: Workshop) -> list[str]:
    """What was said in the room, as "who: text"."""
    snapshot = studio.alice.snapshot(studio.id)
    names = {p["id"]: p["name"] for p in snapshot["participants"]}
    return [f"{names[m['participant_id']]}: {m['text']}" for m in snapshot["messages"] if m["kind"] == "chat"]


def run_shape(studio: Workshop) -> Json:
    """The room's newest run, as its members see it."""
    runs: list[Json] = studio.alice.snapshot(studio.id)["runs"]
    return runs[-1]


def seat_more(studio: Workshop, *names: str) -> None:
    """More personas in the room, in this order behind Ada and Bo."""
    for name in names:
        answer = studio.alice.command(studio.id, "persona.add", name=name, prompt=f"You are {name}.")
        assert answer.status == 200, answer


def ids(studio: Workshop, *names: str) -> list[str]:
    known = {p["name"]: p["id"] for p in studio.alice.snapshot(studio.id)["participants"]}
    return [known[name] for name in names]
