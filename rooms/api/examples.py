"""An example of what is asked and answered, by its shape; a test reads each by its shape."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from rooms.api import shapes
from rooms.protocol.commands import ChangeRoom, PostMessage
from rooms.protocol.shapes import MessageShape, ParticipantShape, RoomShape

_ROOM, _ALICE, _ADA, _MESSAGE = (
    f"0b8f6c1e-5d1a-4f0e-9a57-1c2d3e4f5a6{number}" for number in ("0", "1", "2", "3")
)
_AT = "2026-03-02T09:30:00.000Z"

EXAMPLES: dict[type[BaseModel], dict[str, Any]] = {
    shapes.NameYourself: {"name": "Alice"},
    shapes.CreateRoom: {"name": "Design review", "visibility": "link", "persona_ids": [_ADA]},
    shapes.JoinRoom: {"name": "Alice", "title": "Product"},
    shapes.ChangeParticipant: {"title": "Product"},
    shapes.CreateToken: {"name": "Minutes", "scope": "write", "expires_in_days": 90},
    ChangeRoom: {"description": "Should the first version have accounts?"},
    PostMessage: {"text": "@Ada what could go wrong here?"},
    shapes.Problem: {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": "name_taken",
        "detail": "Somebody here is called Alice already.",
        "data": {"name": "Alice"},
    },
    shapes.RoomPage: {
        "results": [
            {
                "id": _ROOM,
                "name": "Design review",
                "description": "",
                "visibility": "link",
                "is_member": True,
                "is_archived": False,
                "last_activity_at": _AT,
                "participants": [{"name": "Alice", "kind": "human", "avatar": "", "color": 3}],
                "people": 1,
                "personas": 0,
            }
        ],
        "next": None,
    },
    RoomShape: {
        "id": _ROOM,
        "name": "Design review",
        "description": "",
        "visibility": "link",
        "invite": "Zm9yIG1lbWJlcnMgb25s",
        "default_model": "",
        "fallback_models": [],
        "wake_policy": "silent",
        "hands": "people",
        "memory_tokens": None,
        "limits": {
            "chain_depth": None,
            "chain_turns": None,
            "chain_tokens": None,
            "chain_usd": 0.5,
            "day_usd": None,
            "person_day_usd": None,
        },
        "created_at": _AT,
        "archived_at": None,
    },
    ParticipantShape: {
        "id": _ALICE,
        "kind": "human",
        "name": "Alice",
        "aliases": [],
        "title": "Product",
        "description": "",
        "avatar": "",
        "color": 3,
        "role": "owner",
        "model": None,
        "is_scripted": False,
        "has_tools": None,
        "style": "conversational",
        "joined_at": _AT,
        "left_at": None,
        "is_muted": False,
        "is_banned": False,
    },
    MessageShape: {
        "id": _MESSAGE,
        "seq": 7,
        "kind": "chat",
        "participant_id": _ALICE,
        "text": "@Ada what could go wrong here?",
        "state": "complete",
        "error": None,
        "reply_to_id": None,
        "is_quiet": False,
        "turn_id": None,
        "command_id": None,
        "fence": 0,
        "index": 0,
        "created_at": _AT,
        "finished_at": _AT,
    },
}
