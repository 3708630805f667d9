"""Two members that grant at the same moment: one grant, and everybody is woken once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Barrier
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from llm import grants
from llm.grants import grant_chain
from llm.models import Chain, Turn
from llm.tests.helpers import dispatched
from rooms import eventlog
from rooms.access import access_room
from rooms.tests.people import Workshop
from rooms.tests.threads import in_threads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.mark.parametrize("same", [True, False], ids=["on the same refusal", "each on another"])
def test_granted_by_two_at_the_same_moment_it_is_one_grant(
    studio: Workshop, settings: Settings, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    settings.LLM_CHAIN_FANOUT = 1
    for name in ("Cy", "Dee"):
        studio.alice.command(studio.id, "persona.add", name=name)
    studio.bob.say(studio.id, "@Ada @Bo @Cy @Dee, hello")
    _, *refused = dispatched(studio)
    assert [turn.error_code for turn in refused] == ["fanout_limit"] * 3
    both_have_looked = Barrier(2, timeout=20)

    @contextmanager
    def transaction() -> Iterator[None]:
        both_have_looked.wait()
        with eventlog.transaction():
            yield

    monkeypatch.setattr(grants, "eventlog", SimpleNamespace(transaction=transaction))

    # Not through the command, whose transaction would let one in behind the other on SQLite.
    pressed = [
        partial(grant_chain, by=access_room(person.viewer, studio.uuid, need="speak"), turn_id=turn.pk)
        for person, turn in ((studio.alice, refused[0]), (studio.bob, refused[0 if same else 2]))
    ]
    answers = in_threads(pressed)
    assert sorted(len(woken) for woken in answers) == [0, 3]
    assert Chain.objects.get(pk=refused[0].chain_id).grants == 1
    again = Turn.objects.filter(room=studio.uuid, repeat=1)
    assert sorted(turn.participant.name for turn in again) == ["Bo", "Cy", "Dee"]
    assert {turn.state for turn in again} == {Turn.State.QUEUED}
