"""Which runs a room preset can have, told to the catalogue: what `run.start` allows, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from llm.orchestration.advice_words import number_word
from llm.orchestration.registry import BY_NAME, MODES
from llm.orchestration.values import Mode, Office, Setup
from llm.runs.protocol import RunSpec
from llm.runs.starting import choices_of
from personas import extensions
from personas.models import QUESTION_CHARACTERS
from rooms.errors import ParleyError

# Of `RunSpec`: whom it is about is the room's.
_FIELDS = ("mode", "rounds", "quorum", "choices", "max_turns", "max_usd")


def spec_of(run: Mapping[str, Any]) -> RunSpec:
    """Raises pydantic's ValidationError."""
    return RunSpec.model_validate({name: run[name] for name in _FIELDS if name in run})


def modes() -> Sequence[tuple[str, str]]:
    return [(mode.name, mode.title) for mode in MODES]


def problems(run: Mapping[str, Any]) -> Mapping[str, str]:
    unknown = sorted(set(run) - {*_FIELDS, "question"})
    if unknown:
        return dict.fromkeys(unknown, "This is nothing that a preset's run has.")
    question = run.get("question", "")
    if not isinstance(question, str) or len(question) > QUESTION_CHARACTERS:
        return {"question": f"Give a line of {QUESTION_CHARACTERS} characters at most."}
    try:
        spec = spec_of(run)
    except ValidationError as error:
        return {str(one["loc"][0]): f"{one['msg']}." for one in error.errors()}
    mode = BY_NAME.get(spec.mode)
    if mode is None:
        return {"mode": f"There is no mode “{spec.mode}”; there are: {', '.join(BY_NAME)}."}
    try:
        choices_of(mode, spec)
    except ParleyError as error:
        return {"choices": error.message}
    return {}


def outlook(run: Mapping[str, Any], personas: int) -> extensions.Outlook:
    spec = spec_of(run)
    mode = BY_NAME[spec.mode]
    setup = _setup(mode, spec, personas)
    if not mode.least <= len(setup.cast) <= mode.most:
        return extensions.Outlook(mode.title, f"{mode.title} takes {mode.least} to {mode.most} personas.")
    beside = "".join(f" and a {office}" for office, id_ in setup.offices if id_ not in setup.cast)
    turns = len(mode.expected(setup))
    many = f"{number_word(len(setup.cast))} persona{'s' if len(setup.cast) > 1 else ''}"
    return extensions.Outlook(mode.title, f"{mode.title}: {many}{beside}, about {turns} turns.")


def _setup(mode: Mode, spec: RunSpec, personas: int) -> Setup:
    """As `starting.prepare` would cast it out of a room of so many."""
    there = [UUID(int=number) for number in range(1, personas + 1)]
    offices: list[tuple[Office, UUID]] = []
    for office in mode.offices:
        if not mode.are_offices_apart and there:
            offices.append((office, there[0]))
        elif mode.are_offices_apart and len(there) > mode.least:
            offices.append((office, there.pop()))
    return Setup(
        goal="", cast=tuple(there[: mode.most]), offices=tuple(offices), rounds=spec.rounds or mode.rounds
    )


def register() -> None:
    extensions.register_runs(extensions.Runs(modes, problems, outlook))
