"""From a commit to the decision who is woken: off the committing thread, so that it is
never in the way of a command's answer. Only an accelerator; the sweep is the guarantee."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from uuid import UUID

from django.db import close_old_connections
from django.dispatch import receiver

from llm.actions import stop_departed
from llm.dispatch import dispatch_room, is_decisive
from llm.hands import keeping
from llm.hands.protocol import HandChanged
from llm.models import Turn
from llm.protocol import TurnChanged
from llm.runs.driver import advance
from llm.runs.live import live_run
from llm.spending import review_alerts
from rooms.protocol.events import ParticipantChanged, RoomChanged
from rooms.signals import events_committed

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_waiting: set[UUID] = set()


@cache
def _dispatcher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="dispatch")


@receiver(events_committed)
def dispatch_soon(room_id: UUID, events: list[Any], **_: Any) -> None:
    """Have the room dispatched in the background; several commits at once share a pass."""
    if not any(is_decisive(event.type, event.data) for event in events):
        return
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
def advance_runs_soon(room_id: UUID, events: list[Any], **_: Any) -> None:
    """Have what is next in a run decided in the background, when a turn of it has ended, or one for which it
    waited: somebody had the floor already when it was started."""
    told = [event.data["turn"] for event in events if event.type == TurnChanged.type]
    ended = [turn for turn in told if turn["ended_at"]]
    for run_id in {turn["run"]["run_id"] for turn in ended if turn["run"]}:
        _dispatcher().submit(_advance, UUID(run_id))
    if any(turn["cause"] == Turn.Cause.HAND and not turn["run"] for turn in ended):
        _dispatcher().submit(_advance_run_of, room_id)


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


def _look_at_hands(room_id: UUID) -> None:
    try:
        close_old_connections()
        keeping.look(room_id)
    except Exception:
        logger.exception("The hands of room %s may be old; the sweep will see to it", room_id)
    finally:
        close_old_connections()


def _advance_run_of(room_id: UUID) -> None:
    try:
        close_old_connections()
        run_id = live_run(room_id)
        if run_id is not None:
            advance(run_id)
    except Exception:
        logger.exception("The run of room %s could not go on; the sweep will see to it", room_id)
    finally:
        close_old_connections()


def _advance(run_id: UUID) -> None:
    try:
        close_old_connections()
        advance(run_id)
    except Exception:
        logger.exception("Run %s could not go on; the sweep will see to it", run_id)
    finally:
        close_old_connections()


def _removes_a_persona(type_: str, data: dict[str, Any]) -> bool:
    if type_ != ParticipantChanged.type:
        return False
    return data["participant"]["kind"] == "persona" and data["participant"]["left_at"] is not None


def _stop_departed() -> None:
    try:
        close_old_connections()
        stop_departed()
    except Exception:
        logger.exception("Stopping the turns of removed personas failed; the sweep will")
    finally:
        close_old_connections()


def _review_budgets(room_id: UUID) -> None:
    try:
        close_old_connections()
        review_alerts(room_id)
    except Exception:
        logger.exception("What room %s was told of its budgets may be old", room_id)
    finally:
        close_old_connections()


def _dispatch(room_id: UUID) -> None:
    with _lock:
        _waiting.discard(room_id)  # before the work: a commit from here on needs another pass
    try:
        close_old_connections()
        dispatch_room(room_id)
        keeping.look(room_id)
    except Exception:
        logger.exception("Dispatching room %s failed; the sweep will", room_id)
    finally:
        close_old_connections()
