"""From a commit to the decision who is woken: off the committing thread, so that it is
never in the way of a command's answer. Only an accelerator; the sweep is the guarantee."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, wraps
from typing import Any, ParamSpec
from uuid import UUID

from django.db import close_old_connections
from django.dispatch import receiver

from llm.actions import stop_departed
from llm.behind_runs import ended_in_runs, hand_over
from llm.dispatch import dispatch_room, is_decisive
from llm.hands import keeping
from llm.hands.protocol import HandChanged
from llm.models import Turn
from llm.protocol import TurnChanged
from llm.runs.driver import advance, is_followed
from llm.runs.live import live_run
from llm.spending import review_alerts
from rooms.protocol.events import ParticipantChanged, RoomChanged
from rooms.signals import events_committed

logger = logging.getLogger(__name__)

P = ParamSpec("P")

_lock = threading.Lock()
_waiting: set[UUID] = set()


@cache
def _dispatcher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="dispatch")


def _in_background(failure: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """For work on a thread of the dispatcher, with a connection of its own. Where it fails, the log says
    `failure`, which takes the ids that the work was given."""

    def wrap(work: Callable[P, None]) -> Callable[P, None]:
        @wraps(work)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                close_old_connections()
                work(*args, **kwargs)
            except Exception:
                logger.exception(failure, *args)
            finally:
                close_old_connections()

        return run

    return wrap


@receiver(events_committed)
def advance_runs_soon(room_id: UUID, events: list[Any], **_: Any) -> None:
    """Have what is next in a run decided in the background, when a turn of it has ended, or one for which it
    waited: somebody had the floor already when it was started. The first of the receivers: a run waits for
    it, and for nothing of the others'."""
    ended = [turn for turn in _turns_told(events) if turn["ended_at"]]
    for run_id in {turn["run"]["run_id"] for turn in ended if turn["run"]}:
        if not is_followed(UUID(run_id)):
            _dispatcher().submit(_advance, UUID(run_id))
    if any(turn["cause"] == Turn.Cause.HAND and not turn["run"] for turn in ended):
        _dispatcher().submit(_advance_run_of, room_id)


def _turns_told(events: list[Any]) -> list[dict[str, Any]]:
    return [event.data["turn"] for event in events if event.type == TurnChanged.type]


@receiver(events_committed)
def dispatch_soon(room_id: UUID, events: list[Any], **_: Any) -> None:
    """Have the room dispatched in the background; several commits at once share a pass. Ends in a run that
    call nobody are left to the sweep: a pass would only stand in the way of the run's next turn."""
    decisive = [event for event in events if is_decisive(event.type, event.data)]
    if not decisive:
        return
    ended = ended_in_runs(decisive)
    if ended:
        _dispatcher().submit(_dispatch_behind_runs, room_id, ended)
    else:
        _dispatch_soon(room_id)


def _dispatch_soon(room_id: UUID) -> None:
    with _lock:
        if room_id in _waiting:
            return
        _waiting.add(room_id)
    _dispatcher().submit(_dispatch, room_id)


@receiver(events_committed)
def stop_departed_soon(room_id: UUID, events: list[Any], **_: Any) -> None:
    """Have the turns of a removed persona stopped in the background."""
    if any(_removes_a_persona(event.type, event.data) for event in events):
        _dispatcher().submit(_stop_departed)


@receiver(events_committed)
def review_budgets_soon(room_id: UUID, events: list[Any], **_: Any) -> None:
    """Have what the room was told of its budgets looked at again, in the background: they may
    have been changed. What is decided on them is read anew each time."""
    if any(event.type == RoomChanged.type for event in events):
        _dispatcher().submit(_review_budgets, room_id)


@receiver(events_committed)
def look_at_hands_soon(room_id: UUID, events: list[Any], **_: Any) -> None:
    """Have hands come down that should, and the oldest granted where nobody has to, in the background.
    What follows on messages and on ends of turns is looked at behind their dispatch."""
    if any(_moves_hands(event.type, event.data) for event in events):
        _dispatcher().submit(_look_at_hands, room_id)


def _moves_hands(type_: str, data: dict[str, Any]) -> bool:
    if type_ == TurnChanged.type:
        return bool(data["turn"]["state"] == "queued")
    if type_ == HandChanged.type:
        return bool(data["hand"]["state"] == "raised")
    return type_ in {ParticipantChanged.type, RoomChanged.type}


@_in_background("The hands of room %s may be old; the sweep will see to it")
def _look_at_hands(room_id: UUID) -> None:
    keeping.look(room_id)


@_in_background("The run of room %s could not go on; the sweep will see to it")
def _advance_run_of(room_id: UUID) -> None:
    run_id = live_run(room_id)
    if run_id is not None:
        advance(run_id)


@_in_background("Run %s could not go on; the sweep will see to it")
def _advance(run_id: UUID) -> None:
    advance(run_id)


def _removes_a_persona(type_: str, data: dict[str, Any]) -> bool:
    if type_ != ParticipantChanged.type:
        return False
    return data["participant"]["kind"] == "persona" and data["participant"]["left_at"] is not None


@_in_background("Stopping the turns of removed personas failed; the sweep will")
def _stop_departed() -> None:
    stop_departed()


@_in_background("What room %s was told of its budgets may be old")
def _review_budgets(room_id: UUID) -> None:
    review_alerts(room_id)


@_in_background("Dispatching room %s behind turns %s failed; the sweep will")
def _dispatch_behind_runs(room_id: UUID, turn_ids: list[UUID]) -> None:
    if hand_over(turn_ids):
        _dispatch_soon(room_id)
    else:
        keeping.look(room_id)


def _dispatch(room_id: UUID) -> None:
    with _lock:
        _waiting.discard(room_id)  # before the work: a commit from here on needs another pass
    _decide(room_id)


@_in_background("Dispatching room %s failed; the sweep will")
def _decide(room_id: UUID) -> None:
    dispatch_room(room_id)
    keeping.look(room_id)
