"""Handing in what a run asks a turn for: a vote, a verdict, a ranking, or who speaks next."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from llm.models import Turn
from llm.orchestration import answers
from llm.orchestration.values import Answer
from llm.runs.history import ask_of
from llm.tools.tool import Arguments, Result, TextForm, Tool, ToolUse
from rooms.errors import ParleyError


class Submit(Arguments):
    choice: str = Field("", description="What you vote for, or the better side.")
    confidence: float | None = Field(None, description="How sure you are, from 0 to 100.")
    reason: str = Field("", description="Why, in one sentence.")
    ranking: list[str] = Field(default_factory=list, description="All labels, the best first.")
    next: str = Field("", description="Who is to speak next, by name.")
    instruction: str = Field("", description="What you want of them.")
    progress: list[str] = Field(default_factory=list, description="What is done and what is open.")
    done: bool = Field(False, description="Whether the goal is reached.")
    question: str = Field("", description="What people have to decide before it can go on.")
    options: list[str] = Field(default_factory=list, description="What they can choose from.")

    @field_validator("confidence", mode="before")
    @classmethod
    def _percent(cls, value: Any) -> Any:
        return answers.made({"confidence": value}).confidence

    @field_validator("ranking", "progress", "options", mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        if value is None:
            return []
        return list(answers.made({"ranking": value}).ranking) if isinstance(value, str) else value


def run(use: ToolUse, arguments: Submit) -> Result:
    """Raises `invalid` where this turn has nothing to hand in, or what it hands in makes no sense; at
    the second time that counts as an abstention."""
    ask = ask_of(use.turn)
    if ask is None:
        raise ParleyError("invalid", "Nothing is to be handed in in this turn: write your message.")
    answer = answers.checked(ask, answers.made(arguments.model_dump()))
    if isinstance(answer, str):
        if not use.is_insisting:
            raise ParleyError("invalid", f"This makes no sense: {answer}")
        answer = Answer(is_abstention=True)
    Turn.objects.filter(pk=use.turn.pk).update(answer=answers.to_data(answer))
    return Result("It is handed in.", is_final=True, is_enough=True)


TOOL = Tool(
    "submit",
    "Hand in what your task in a run asks for: a vote, a verdict, a ranking, or who speaks next. Only where"
    " you are told to hand something in with submit; the fields that you are not asked for stay empty.",
    Submit,
    run,
    TextForm(
        "submit",
        "[[submit choice: …; confidence: …; reason: …]], only where you are told to hand something in with"
        " submit, with the fields that it names",
        answers.read_fields,
    ),
    # What was voted may be sealed, and members may look at what a turn did.
    keeps_arguments=False,
)
