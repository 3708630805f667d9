"""What an action refuses with. `code` is for machines, `message` one sentence for
people, `detail` whatever a machine needs to mend it; `status` is the HTTP twin."""

from __future__ import annotations

from typing import Any, Literal

ErrorCode = Literal[
    "not_found",
    "not_allowed",
    "invalid",
    "name_taken",
    "name_imitates",
    "command_reused",
    "unknown_command",
    "malformed",
    "too_large",
    "rate_limited",
    "unavailable",
    "replay_too_far",
    "room_full",
    "turn_settled",
    "last_owner",
    "room_archived",
    "poll_closed",
    "token_invalid",
    "limit_reached",
    "run_live",
    "run_ended",
    "hand_down",
]

STATUS: dict[ErrorCode, int] = {
    "not_found": 404,
    "not_allowed": 403,
    "invalid": 400,
    "name_taken": 409,
    "name_imitates": 409,
    "command_reused": 409,
    "unknown_command": 400,
    "malformed": 400,
    "too_large": 413,
    "rate_limited": 429,
    "unavailable": 503,
    "replay_too_far": 409,
    "room_full": 409,
    "turn_settled": 409,
    "last_owner": 409,
    "room_archived": 409,
    "poll_closed": 409,
    "token_invalid": 401,
    "limit_reached": 409,
    "run_live": 409,
    "run_ended": 409,
    "hand_down": 409,
}


class ParleyError(Exception):
    """A refusal that changed nothing."""

    def __init__(self, code: ErrorCode, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        self.detail = detail

    @property
    def status(self) -> int:
        return STATUS[self.code]


def not_found() -> ParleyError:
    """Not there, or not for you: the two must look the same to a stranger."""
    return ParleyError("not_found", "This does not exist, or you are not part of it.")
