"""A room's runs over REST, for its members."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from llm.models import Run
from llm.orchestration.registry import MODES
from llm.runs.advice import advice
from llm.runs.advice_protocol import RunAdvice
from llm.runs.estimating import estimate
from llm.runs.markdown import markdown_of
from llm.runs.people import my_turn
from llm.runs.protocol import (
    AnswerRun,
    EditOutcome,
    GivenAnswer,
    ModeList,
    ModeShape,
    MyTurnShape,
    OutcomeDocument,
    OutcomeEdit,
    OutcomePin,
    PauseRun,
    PinOutcome,
    ResumeRun,
    RunEstimate,
    RunPage,
    RunShape,
    RunSpec,
    SkipRun,
    StartRun,
    StopRun,
)
from llm.runs.protocol import ResumeText as Resumed
from llm.runs.protocol import SkipWhom as Skipped
from llm.runs.shaping import run_shape, run_shapes
from rooms import commands
from rooms.access import Seat
from rooms.api import pages
from rooms.api.base import ParleyView
from rooms.api.described import CURSOR, LIMIT, documented
from rooms.errors import not_found


class ModesView(ParleyView):
    @documented("listModes", "runs", gives=ModeList)
    def get(self, request: Request) -> Response:
        """The ways in which personas can think together."""
        fields = ("name", "title", "about", "least", "most", "rounds", "takes_choices", "takes_people")
        return self.answer(
            ModeList(
                results=[
                    ModeShape(
                        phases=list(mode.phases),
                        offices=list(mode.offices),
                        **{name: getattr(mode, name) for name in fields},
                    )
                    for mode in MODES
                ]
            )
        )


class RunsView(ParleyView):
    @documented("listRuns", "runs", gives=RunPage, query=[CURSOR, LIMIT])
    def get(self, request: Request, room_id: UUID) -> Response:
        """The room's runs, the newest first, each with its outcome."""
        rows = Run.objects.filter(room=self.seat(room_id).room)
        limit = self.whole_number("limit", pages.PAGE)
        page = pages.newest_first(request, rows, "created_at", limit=limit)
        return self.answer(RunPage(results=run_shapes(page.rows), next=page.next))

    @documented("startRun", "runs", takes=StartRun, gives=RunShape, status=201, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Start a run (any member; one at a time in a room)."""
        result = self.do(room_id, StartRun, self.body)
        return self.answer(_one(self.seat(room_id), UUID(result["run_id"])), status=201)


class EstimateView(ParleyView):
    @documented("estimateRun", "runs", takes=RunSpec, gives=RunEstimate)
    def post(self, request: Request, room_id: UUID) -> Response:
        """What a run is likely to take, before it is started. Nothing is changed."""
        seat = self.seat(room_id)
        return self.answer(estimate(seat.room, commands.parse(RunSpec, self.body)))


class AdviceView(ParleyView):
    @documented("adviseRun", "runs", takes=RunSpec, gives=RunAdvice)
    def post(self, request: Request, room_id: UUID) -> Response:
        """What more voices are likely to bring to a run, going by the room's past votes. Nothing is
        changed."""
        seat = self.seat(room_id)
        return self.answer(advice(seat.room, commands.parse(RunSpec, self.body)))


class RunView(ParleyView):
    @documented("readRun", "runs", gives=RunShape)
    def get(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """One run, with its outcome."""
        return self.answer(_one(self.seat(room_id), run_id))


class PauseView(ParleyView):
    @documented("pauseRun", "runs", gives=RunShape, has_key=True)
    def post(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """Begin no further turn; whoever is speaking finishes (any member)."""
        self.do(room_id, PauseRun, {"run_id": str(run_id)})
        return self.answer(_one(self.seat(room_id), run_id))


class ResumeView(ParleyView):
    @documented("resumeRun", "runs", takes=Resumed, gives=RunShape, has_key=True)
    def post(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """Go on with a paused run, behind what you say first, if you do (any member)."""
        told = commands.parse(Resumed, self.body).model_dump(mode="json")
        self.do(room_id, ResumeRun, {"run_id": str(run_id), **told})
        return self.answer(_one(self.seat(room_id), run_id))


class SkipView(ParleyView):
    @documented("skipRunTurn", "runs", takes=Skipped, gives=RunShape, has_key=True)
    def post(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """End the turn of whoever is speaking or next, and go on (any member)."""
        told = commands.parse(Skipped, self.body).model_dump(mode="json")
        self.do(room_id, SkipRun, {"run_id": str(run_id), **told})
        return self.answer(_one(self.seat(room_id), run_id))


class MyTurnView(ParleyView):
    @documented("readMyTurn", "runs", gives=MyTurnShape)
    def get(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """What a run asks of you now, and what you are shown for it."""
        return self.answer(my_turn(self.seat(room_id), run_id))

    @documented("answerRun", "runs", takes=GivenAnswer, gives=RunShape, has_key=True)
    def post(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """Hand in what a run asks you for, sealed as the personas' answers are."""
        told = commands.parse(GivenAnswer, self.body).model_dump(mode="json")
        self.do(room_id, AnswerRun, {"run_id": str(run_id), **told})
        return self.answer(_one(self.seat(room_id), run_id))


class StopView(ParleyView):
    @documented("stopRun", "runs", gives=RunShape, has_key=True)
    def post(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """End a run at once, with what it came to so far (any member)."""
        self.do(room_id, StopRun, {"run_id": str(run_id)})
        return self.answer(_one(self.seat(room_id), run_id))


class OutcomeView(ParleyView):
    @documented("readOutcome", "runs", gives=OutcomeDocument)
    def get(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """What an ended run came to, as Markdown to take along."""
        run = Run.objects.filter(room=self.seat(room_id).room, pk=run_id, state=Run.State.ENDED).first()
        if run is None:
            raise not_found()
        return self.answer(OutcomeDocument(markdown=markdown_of(run)))

    @documented("editOutcome", "runs", takes=OutcomeEdit, gives=RunShape, has_key=True)
    def patch(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """Put the outcome of a run into better words (who started it, owner, moderator)."""
        told = commands.parse(OutcomeEdit, self.body).model_dump(mode="json")
        self.do(room_id, EditOutcome, {"run_id": str(run_id), **told})
        return self.answer(_one(self.seat(room_id), run_id))


class PinView(ParleyView):
    @documented("pinOutcome", "runs", takes=OutcomePin, gives=RunShape, has_key=True)
    def post(self, request: Request, room_id: UUID, run_id: UUID) -> Response:
        """Keep an outcome in sight, for people and personas, or let it go (any member)."""
        told = commands.parse(OutcomePin, self.body).model_dump(mode="json")
        self.do(room_id, PinOutcome, {"run_id": str(run_id), **told})
        return self.answer(_one(self.seat(room_id), run_id))


def _one(seat: Seat, run_id: UUID) -> RunShape:
    run = Run.objects.filter(room=seat.room, pk=run_id).first()
    if run is None:
        raise not_found()
    return run_shape(run)
