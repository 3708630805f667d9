"""Are old facts among what a model is given, at 4,000 tokens, after a summariser that drops most?

    python -m bench.needle --seeds 5 --messages 2000 --json FILE

A room of its own in a database of its own is filled with a conversation (bench/needles.py), folded by the
real compaction with a summariser that keeps one message in ten, and then asked. What is looked at is the
whole request that would go to the model, as `llm.requests` makes it. No model is called. Four sets:

- plain: the question has the words of the fact;
- paraphrase: it shares no more than the project's name with it;
- superseded: the fact was replaced; the newer one must be there, and behind the older one if both are;
- abstain: nobody ever said it; right is where nothing is recalled that has another project's answer.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.needles import Conversation, Kind, Question, conversation

if TYPE_CHECKING:
    from llm.memory.lines import Line
    from llm.memory.salience import Said
    from llm.models import Turn
    from rooms.models import Room

TOKENS = 4_000
KEPT_ONE_IN = 10
FLOOR = 0.95


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    options.add_argument("--seeds", type=int, default=3, help="how many conversations (seeds 1001 and up)")
    options.add_argument("--messages", type=int, default=2_000)
    options.add_argument("--facts", type=int, default=120)
    options.add_argument("--first-seed", type=int, default=1_001, help="1 to 9 are for developing")
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="parley-needle-") as directory:
        os.environ["PARLEY_DATA_DIR"] = directory
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        counts: dict[str, list[bool]] = defaultdict(list)
        for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
            for set_, found in results(conversation(seed, asked.messages, asked.facts)).items():
                counts[set_] += found
    print(f"| set | questions | right | at {TOKENS} tokens, {asked.messages} messages, {asked.seeds} seeds |")
    print("| --- | --- | --- | --- |")
    for kind, found in counts.items():
        print(f"| {kind} | {len(found)} | {share(found):.1%} | {'floor 95 %' if kind == 'plain' else ''} |")
    if asked.json:
        asked.json.write_text(json.dumps({kind: share(found) for kind, found in counts.items()}))


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


def results(talk: Conversation) -> dict[Kind, list[bool]]:
    """Of each set, whether each question was right."""
    room, turn = _filled(talk)
    _fold(room)
    found: dict[Kind, list[bool]] = defaultdict(list)
    for question in talk.questions:
        found[question.kind].append(_is_right(turn, question))
    return found


def _filled(talk: Conversation) -> tuple[Room, Turn]:
    """A room in which all of it was said, and a turn of its persona that asks again and again."""
    from django.utils import timezone

    from llm.models import Chain, ModelCard, Turn
    from rooms.models import Guest, Message, Participant, Room

    # A window that leaves 4,000 tokens beside a reply.
    window = int((TOKENS + 4_096) / 0.95) + 1
    ModelCard.objects.update_or_create(
        name="bench/needle",
        defaults={
            "provider": "bench",
            "label": "Needle",
            "context_tokens": window,
            "seen_at": timezone.now(),
        },
    )
    room = Room.objects.create(name="Needles", default_model="bench/needle", memory_tokens=TOKENS)
    seats = {}
    for name in dict.fromkeys(who for who, _ in talk.said):
        guest = Guest.objects.create(name=name)
        seats[name] = Participant.objects.create(
            room=room, kind="human", guest=guest, name=name, name_key=name.lower(), role="member"
        )
    ada = Participant.objects.create(room=room, kind="persona", name="Ada", name_key="ada")
    now = timezone.now()
    rows = [
        Message(room=room, participant=seats[who], seq=seq, text=text, created_at=now, finished_at=now)
        for seq, (who, text) in enumerate(talk.said, start=1)
    ]
    asking = Message(
        room=room,
        participant=next(iter(seats.values())),
        seq=len(rows) + 1,
        text="@Ada ?",
        created_at=now,
        finished_at=now,
    )
    Message.objects.bulk_create([*rows, asking])
    Room.objects.filter(pk=room.pk).update(head_seq=len(rows) + 1)
    room.refresh_from_db()
    turn = Turn.objects.create(
        room=room,
        participant=ada,
        trigger_message=asking,
        chain=Chain.objects.create(room=room),
        cause="mention",
        state="done",
        model="bench/needle",
    )
    return room, turn


def _fold(room: Room) -> None:
    from llm.memory import compaction

    while job := compaction.begin(room.pk):
        for first, last in job.ranges:
            chunk = compaction.new_chunk_id()
            lines = _lossy(compaction.messages_of(job, first, last), chunk)
            assert compaction.keep_chunk(job, first, last, chunk, lines, "bench/lossy")
        assert compaction.publish(job)


def _lossy(said: list[Said], chunk: Any) -> tuple[Line, ...]:
    """One message in ten, whatever it says."""
    from llm.memory.lines import Line, line_id

    kept = said[::KEPT_ONE_IN]
    return tuple(Line(line_id(chunk, n), m.text, (m.place,), "model", 0.5) for n, m in enumerate(kept))


def _is_right(turn: Turn, question: Question) -> bool:
    from llm.memory.recall import recalled
    from llm.requests import request_for

    turn.trigger_message.text = f"@Ada {question.text}"
    if question.kind == "abstain":
        found = recalled(turn.room, turn.trigger_message, TOKENS)
        return question.lures.isdisjoint(one.text for one in found)
    given = "\n".join(message.content for message in request_for(turn).messages)
    place = given.rfind(question.answer)
    return place >= 0 and (not question.stale or given.rfind(question.stale) < place)


if __name__ == "__main__":
    main()
