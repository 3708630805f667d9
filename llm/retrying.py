"""Whether a failed call to a model is worth another, and when. Pure.

Only where the model has sent nothing yet (the caller's to know): what people have seen is
never said a second time.
"""

from __future__ import annotations

from dataclasses import dataclass

from llm.gateway.errors import GatewayError

# Calls that failed together must not come back together.
JITTER = 0.5


@dataclass(frozen=True)
class RetryPolicy:
    """`tries`: calls in all. `pause`: seconds before the second one, doubled for each more.
    `longest_pause`: whoever asks for more by `Retry-After` is not called again."""

    tries: int
    pause: float
    longest_pause: float


def pause_before_next(policy: RetryPolicy, error: GatewayError, *, tries: int, chance: float) -> float | None:
    """Seconds to wait before another call, or None where there is to be none.

    `tries` have been made and the last failed with `error`; `chance` is drawn from [0, 1).
    """
    if not error.is_retryable or tries >= policy.tries:
        return None
    pause = policy.pause * 2.0 ** (tries - 1) * (1 - JITTER + 2 * JITTER * chance)
    pause = min(pause, policy.longest_pause)
    if error.retry_after is None:
        return pause
    # Earlier than it asks for would be refused again.
    return max(pause, error.retry_after) if error.retry_after <= policy.longest_pause else None
