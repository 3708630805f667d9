"""Which model the router of a room asks, and whether there is one at all."""

from __future__ import annotations

import os

from django.conf import settings

from llm.gateway.defaults import DEMO_PROVIDER, Endpoint, default_model, endpoint_for, is_scripted
from rooms.models import Room

# The scripted stand-in: it looks for the question's words in what the personas are there for.
DEMO_ROUTER = f"{DEMO_PROVIDER}/router"


def router_model(room: Room) -> str:
    """PARLEY_ROUTER_MODEL, else the room's default, else the server's; the demo has its own."""
    name: str = settings.LLM_ROUTER_MODEL or room.default_model or default_model(os.environ)
    return DEMO_ROUTER if is_scripted(name) else name


def router_endpoint(model: str) -> Endpoint | None:
    return endpoint_for(model, os.environ)
