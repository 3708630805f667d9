"""What follows on a call to a model that failed: the same again, another model, or nothing. Pure.

Only while nobody has seen a word of the reply (the caller's to know): what people have seen
is never said a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from llm.gateway.errors import ErrorCode

# Calls that failed together must not come back together.
JITTER = 0.5
# Of a request, at the fewest: then its estimate in tokens is rather too high.
CHARACTERS_A_TOKEN = 3

# A whole answer with nothing to show in it is no error of the provider's, and no answer
# (`llm.speaking`).
FailureCode = ErrorCode | Literal["empty", "length", "only_tools", "bad_tool_call", "spoke_for_other"]


@dataclass(frozen=True)
class Handling:
    """`is_tried_again`: the same call may well work in a moment. `falls_back`: to whom it goes
    then. A refusal for what was said is everybody's to respect, and a request that one model
    does not understand is ours to mend; what we do not know may be our own fault."""

    is_tried_again: bool
    falls_back: Literal["to_any", "to_larger", "never"]


HANDLING: Mapping[FailureCode, Handling] = MappingProxyType(
    {
        "auth": Handling(is_tried_again=False, falls_back="to_any"),
        "quota": Handling(is_tried_again=False, falls_back="to_any"),
        "rate_limit": Handling(is_tried_again=True, falls_back="to_any"),
        "context_window": Handling(is_tried_again=False, falls_back="to_larger"),
        "content_policy": Handling(is_tried_again=False, falls_back="never"),
        "bad_request": Handling(is_tried_again=False, falls_back="never"),
        "timeout": Handling(is_tried_again=True, falls_back="to_any"),
        "unavailable": Handling(is_tried_again=True, falls_back="to_any"),
        "truncated": Handling(is_tried_again=True, falls_back="to_any"),
        "repetition": Handling(is_tried_again=False, falls_back="to_any"),
        "model_unknown": Handling(is_tried_again=False, falls_back="to_any"),
        "tools_unsupported": Handling(is_tried_again=False, falls_back="to_any"),
        "internal": Handling(is_tried_again=False, falls_back="never"),
        "empty": Handling(is_tried_again=False, falls_back="to_any"),
        "length": Handling(is_tried_again=False, falls_back="to_any"),
        "only_tools": Handling(is_tried_again=False, falls_back="to_any"),
        "bad_tool_call": Handling(is_tried_again=False, falls_back="to_any"),
        "spoke_for_other": Handling(is_tried_again=False, falls_back="to_any"),
    }
)


@dataclass(frozen=True)
class RetryPolicy:
    """`tries`: calls of one model. `pause`: seconds before the second one, doubled for each
    more. `longest_pause`: whoever asks for more by `Retry-After` is not called again."""

    tries: int
    pause: float
    longest_pause: float


@dataclass(frozen=True)
class Failure:
    """How a call ended. `tries` of its model have been made, this one included; `has_sent`:
    something came, thinking or white space, so that the same model begins nothing anew."""

    code: FailureCode
    tries: int = 1
    retry_after: float | None = None
    has_sent: bool = False


@dataclass(frozen=True)
class Candidate:
    """A model that may answer. `window`: tokens that it takes, None where that is not known."""

    name: str
    window: int | None = None
    is_scripted: bool = False


@dataclass(frozen=True)
class Models:
    """The model that is asked, and those that may be asked after it, in order."""

    asked: Candidate
    rest: tuple[Candidate, ...] = ()

    def after(self, step: Fallback) -> Models:
        return Models(self.rest[step.position], self.rest[step.position + 1 :])


@dataclass(frozen=True)
class Again:
    """The same model, after `pause` seconds."""

    pause: float


@dataclass(frozen=True)
class Fallback:
    """The candidate at `position`, now; those before it are passed over."""

    position: int


@dataclass(frozen=True)
class GiveUp:
    """The failure is the turn's."""


def next_step(
    policy: RetryPolicy,
    failure: Failure,
    rest: Sequence[Candidate] = (),
    *,
    window: int | None = None,
    characters: int = 0,
    chance: float,
) -> Again | Fallback | GiveUp:
    """What to do about `failure`, with the models `rest` not yet asked, in order.

    `window` is what the failed model takes, None where that is not known, `characters` how
    long its request was; `chance` is drawn from [0, 1).

    1. A whole wait for nothing is not repeated where somebody else can be asked: a timeout
       goes to the next model at once.
    2. Else the same model is called again, if that may help and it is not told to stay away.
    3. Else the next model that can do better.
    """
    handling = HANDLING[failure.code]
    position = _first_that_may(handling, rest, window, characters)
    is_slow = failure.code == "timeout" and position is not None
    if handling.is_tried_again and not failure.has_sent and not is_slow:
        pause = _pause(policy, failure, chance)
        if pause is not None:
            return Again(pause)
    return GiveUp() if position is None else Fallback(position)


def _first_that_may(
    handling: Handling, rest: Sequence[Candidate], window: int | None, characters: int
) -> int | None:
    if handling.falls_back == "never":
        return None
    # A window that is not known was too small for this request at least.
    least = 0 if handling.falls_back == "to_any" else max(window or 0, characters // CHARACTERS_A_TOKEN)
    for position, candidate in enumerate(rest):
        if least == 0 or (candidate.window or 0) > least:
            return position
    return None


def _pause(policy: RetryPolicy, failure: Failure, chance: float) -> float | None:
    """Seconds to wait before another call, or None where there is to be none."""
    if failure.tries >= policy.tries:
        return None
    pause = policy.pause * 2.0 ** (failure.tries - 1) * (1 - JITTER + 2 * JITTER * chance)
    pause = min(pause, policy.longest_pause)
    if failure.retry_after is None:
        return pause
    # Earlier than it asks for would be refused again.
    return max(pause, failure.retry_after) if failure.retry_after <= policy.longest_pause else None
