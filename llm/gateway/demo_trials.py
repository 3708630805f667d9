"""Models that misbehave on purpose: slow, failing, or speaking for others. Pure.

For trying Parley's own ways with such models, by hand and in tests, without a key and
without a provider that happens to be down. They are scripted as the demo's voices are, and
exist only where PARLEY_TEST_MODELS says so: nobody should meet them by accident.

- `demo/slow` begins late and speaks slowly.
- `demo/flaky` takes one outcome of `SCRIPT` after the other, by how many messages it is
  given: the same request fails the same way. `demo/flaky-<outcome>` always has that one;
  with `-midway` behind it, only after a first sentence.
- `demo/leaky` begins with its own name, and then speaks for somebody else: `-name`, `-tag`
  and `-bracket` say in which form, else by how many messages it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from xml.sax.saxutils import quoteattr

from llm.gateway.defaults import TRIAL_LENSES
from llm.gateway.demo_text import Call, read_call, reply
from llm.gateway.errors import ErrorCode

MIDWAY = "-midway"

# "empty": a whole answer without a word. "length": the limit is reached before the first one.
# "stall": it begins to answer and never does, until our own deadline.
Outcome = ErrorCode | Literal["answers", "empty", "length", "stall"]
# Not "stall", which takes half a minute.
SCRIPT: tuple[Outcome, ...] = ("unavailable", "answers", *get_args(ErrorCode), "empty", "length")

LeakForm = Literal["name", "tag", "bracket"]
LEAK_FORMS: tuple[LeakForm, ...] = get_args(LeakForm)

OFFERED: tuple[str, ...] = (
    *TRIAL_LENSES,
    *(f"flaky-{outcome}" for outcome in (*SCRIPT, "stall") if outcome != "answers"),
    f"flaky-truncated{MIDWAY}",
    *(f"leaky-{form}" for form in LEAK_FORMS),
)

FIRST_SENTENCE = "Let me begin with what is certain. "


@dataclass(frozen=True, slots=True)
class Trial:
    """How an answer goes: its `text`, then how it ends. `slowness` multiplies each pause."""

    text: str
    outcome: Outcome = "answers"
    slowness: float = 1.0


def trial_of(lens: str, messages: Sequence[tuple[str, str]]) -> Trial | None:
    """What the model `lens` does with `messages` (role, content); None for an unknown name."""
    name, _, form = lens.partition("-")
    place = sum(content.count("<message ") for _, content in messages)
    if name == "slow" and not form:
        return Trial(reply(messages, "neutral"), slowness=10.0)
    if name == "leaky" and form in {"", *LEAK_FORMS}:
        chosen = next((known for known in LEAK_FORMS if known == form), LEAK_FORMS[place % len(LEAK_FORMS)])
        return Trial(_leak(chosen, read_call(messages), reply(messages, "neutral")))
    if name == "flaky":
        return _flaky(form, place, messages)
    return None


def _flaky(form: str, place: int, messages: Sequence[tuple[str, str]]) -> Trial | None:
    wanted = form.removesuffix(MIDWAY)
    known: dict[str, Outcome] = {outcome: outcome for outcome in (*SCRIPT, "stall")}
    outcome = known.get(wanted) if wanted else SCRIPT[place % len(SCRIPT)]
    if outcome is None:
        return None
    if outcome == "answers":
        return Trial(reply(messages, "neutral"))
    return Trial(FIRST_SENTENCE if form.endswith(MIDWAY) else "", outcome)


def _leak(form: LeakForm, call: Call, answer: str) -> str:
    other = next(iter(call.others), call.speaker) or "Bob"
    words = "I agree with all of it, and have nothing to add."
    forms: dict[LeakForm, str] = {
        "name": f"{other}: {words}",
        "tag": f'<message speaker={quoteattr(other)} kind="AI persona">{words}</message>',
        "bracket": f"[{other}]: {words}",
    }
    own = f"**{call.me}:** " if call.me else ""
    return f"{own}{answer}\n\n{forms[form]}\n\nAnd so it was decided."
