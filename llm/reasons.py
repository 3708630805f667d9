"""Why a persona was, or was not, called by a message: a closed set. Pure."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    # Called.
    "mention",
    "all",
    "reply",
    "follow_up",
    "handover",
    "then",
    "routed",
    "speak",
    "poll",
    "run",
    # Not called.
    "author",
    "other_called",
    "silent",
    "run_is_on",
    "reply_only",
    "router_off",
    "router_no_question",
    "informed",
    "muted",
    "quiet",
    "archived",
    "pending",
    "too_many",
    "poll_not_asked",
    "no_tools",
]
