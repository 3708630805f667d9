"""`manage.py run`: start a run in a room, and watch it on the terminal until it has ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser

from llm.models import Run
from llm.orchestration.registry import BY_NAME
from llm.runs import presets
from llm.runs.advice import advice
from llm.runs.estimating import estimate
from llm.runs.markdown import markdown_of
from llm.runs.protocol import RunSpec
from llm.terminal import Printer, room_called, seat_of, viewer_called
from personas.models import RoomPreset
from rooms import commands, snapshots
from rooms.actions.rooms import create_room
from rooms.actions.roster import Newcomer
from rooms.errors import ParleyError
from rooms.models import Participant, Room
from rooms.protocol.commands import CommandFrame
from rooms.viewers import Viewer

LOOK_SECONDS = 0.1


class Command(BaseCommand):
    help = (
        "Starts a run in a room, or in a new one of a preset, as an account, and prints its progress, what is"
        " said, and what it came to."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--room", help="the room's id, or its name")
        where.add_argument("--preset", help="make a room from this preset (its slug), and start its run")
        parser.add_argument(
            "--mode", choices=list(BY_NAME), help="how they think together (needed without --preset)"
        )
        parser.add_argument("--goal", required=True, help="what they are to think about")
        parser.add_argument(
            "--as", dest="username", default="admin", help="the account that starts it (admin)"
        )
        parser.add_argument("--cast", nargs="+", default=[], help="personas by name, in order (all)")
        parser.add_argument(
            "--rounds", type=int, default=0, help="how many rounds (the preset's, or the mode's)"
        )
        parser.add_argument("--choices", nargs="+", default=[], help="what can be voted for")
        parser.add_argument("--max-usd", type=float, default=0, help="US dollars it may cost at most")
        parser.add_argument("--seconds", type=float, default=1_800, help="how long to watch at most (1800)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["preset"]:
                room, viewer, spec = self._make(options)
            else:
                room = room_called(options["room"])
                viewer = seat_of(room, options["username"])
                spec = _spec(room, options, {})
            self._tell_price(room, spec)
            after = Room.objects.values_list("head_seq", flat=True).get(pk=room.pk)
            run = _start(room, viewer, spec, options["goal"])
        except ParleyError as error:
            raise CommandError(error.message) from None
        self._watch(run, after, time.monotonic() + options["seconds"])
        self.stdout.write(f"\n{markdown_of(run)}")

    def _make(self, options: dict[str, Any]) -> tuple[Room, Viewer, RunSpec]:
        """A room as the preset has it, whose address is told before anything is spent."""
        preset = RoomPreset.objects.filter(slug=options["preset"]).first()
        if preset is None:
            known = ", ".join(RoomPreset.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no preset {options['preset']}; there are: {known}.")
        if preset.run is None and not options["mode"]:
            raise CommandError(f"{preset.name} has no run: say with --mode how they are to think together.")
        # Its own run counts only where no other is asked for.
        asked = preset.run if preset.run is not None and not options["mode"] else {}
        problems = presets.problems(asked) if asked else {}
        if problems:
            raise CommandError(f"The run of {preset.name} can't be started: {next(iter(problems.values()))}")
        viewer = viewer_called(options["username"])
        room = create_room(
            by=viewer,
            name=preset.room_name,
            description=preset.room_description,
            visibility=preset.visibility,
            owner=Newcomer(options["username"]),
            cast=list(preset.cast.filter(is_listed=True).order_by("memberships__place")),
            preset=preset,
        )
        self.stdout.write(f"Made {room.name}: /rooms/{room.pk}/ on this server.")
        return room, viewer, _spec(room, options, asked)

    def _tell_price(self, room: Room, spec: RunSpec) -> None:
        price = estimate(room, spec)
        cost = (
            "for nothing" if price.usd == 0 else "unpriced" if price.usd is None else f"≈ {price.usd:.2f} USD"
        )
        self.stdout.write(f"{BY_NAME[spec.mode].title}: about {price.turns} turns, {cost}.")
        self.stdout.write(advice(room, spec).line)

    def _watch(self, run: Run, after: int, deadline: float) -> None:
        printer = Printer(self.stdout)
        told = ""
        while time.monotonic() < deadline:
            for event in snapshots.missed_events(run.room_id, after=after):
                after = event.seq
                printer.take(event.type, event.data)
                if event.type == "run.changed" and event.data["run"]["id"] == str(run.pk):
                    told = self._tell_progress(event.data["run"], told)
            printer.follow()
            run.refresh_from_db()
            if run.state == Run.State.ENDED and not snapshots.missed_events(run.room_id, after=after):
                return
            if run.question:
                raise CommandError(f"It asks people: {run.question} Answer in the room, where it goes on.")
            time.sleep(LOOK_SECONDS)
        raise CommandError("Still at it after --seconds; the run goes on without this terminal.")

    def _tell_progress(self, run: dict[str, Any], told: str) -> str:
        """A line for each new step. What is sealed has a line for each answer that is in."""
        names = dict(Participant.objects.filter(room__runs=run["id"]).values_list("pk", "name"))
        spent = f", {run['cost_usd']:.4f} USD" if run["cost_usd"] else ""
        now = ", ".join(names[UUID(id_)] for id_ in run["now_ids"])
        place = f"{run['phase']} {run['round']}, turn {run['turns']} of {run['max_turns']} at most"
        line = f"[{place}{spent}: {now}]"
        if now and line != told:
            self.stdout.write(self.style.HTTP_INFO(line))
            return line
        return told


def _spec(room: Room, options: dict[str, Any], asked: Mapping[str, Any]) -> RunSpec:
    """`asked` is the run of a preset, of which options replace what they name. Raises `invalid`."""
    if not options["mode"] and not asked:
        raise CommandError("Say with --mode how they are to think together.")
    named = dict(
        room.participants.filter(kind=Participant.Kind.PERSONA, left_at=None).values_list("name", "pk")
    )
    unknown = [name for name in options["cast"] if name not in named]
    if unknown:
        raise CommandError(f"No persona here is called {', '.join(unknown)}; there are: {', '.join(named)}.")
    given = {
        "mode": options["mode"],
        "cast_ids": [named[name] for name in options["cast"]],
        "rounds": options["rounds"],
        "choices": options["choices"],
        "max_usd": options["max_usd"],
    }
    of_preset = presets.spec_of(asked).model_dump() if asked else {}
    return commands.parse(RunSpec, of_preset | {name: value for name, value in given.items() if value})


def _start(room: Room, viewer: Viewer, spec: RunSpec, goal: str) -> Run:
    data = {**spec.model_dump(mode="json"), "goal": goal}
    frame = CommandFrame(type="run.start", command_id=uuid4(), data=data)
    return Run.objects.get(pk=commands.execute(viewer, room.pk, frame)["run_id"])
