"""People at the REST door, as tests see them: a browser's cookies and CSRF token, no browser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID, uuid4

from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client
from django.test.client import ClientHandler

from rooms.actions.guests import create_guest
from rooms.viewers import GUEST_KEY, Viewer

Json = dict[str, Any]

# An id of nothing, for the parameters of tests: they name the test, in every process alike.
SOME_ID = "6f1d9c5e-7f1b-4d5c-9a53-0a6b8f7c2d11"

# One for all: making WhiteNoise's middleware costs 60 ms.
_HANDLER = ClientHandler(enforce_csrf_checks=True)


@dataclass(frozen=True)
class Answer:
    """What came back. `code` is the error code, blank for a success."""

    status: int
    body: Json

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


class Person:
    """Somebody with a browser. CSRF is enforced, as for every browser."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = Client()
        self.client.handler = _HANDLER
        self.token = ""

    @classmethod
    def guest(cls, name: str) -> Self:
        """Somebody who has a name already: what `become_guest` comes to, without requests."""
        person = cls(name)
        session = person.client.session
        session[GUEST_KEY] = str(create_guest(name=name).pk)
        session.save()
        person.token = "t" * CSRF_SECRET_LENGTH
        person.client.cookies["csrftoken"] = person.token
        return person

    def session(self) -> Json:
        body = self.get("/api/session/").body
        self.token = body["csrf_token"]
        return body

    def become_guest(self) -> Answer:
        self.session()
        return self.post("/api/guest/", {"name": self.name})

    @property
    def viewer(self) -> Viewer:
        """Who this is to `rooms.access`."""
        return Viewer(guest_id=UUID(self.client.session[GUEST_KEY]))

    @property
    def socket_headers(self) -> list[tuple[bytes, bytes]]:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.client.cookies.items())
        return [(b"cookie", cookies.encode())]

    def get(self, path: str, **query: Any) -> Answer:
        response = self.client.get(path, query)
        return Answer(response.status_code, response.json())

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        text = json.dumps(body, ensure_ascii=False)
        try:
            return self.post_raw(path, text.encode(), **headers)
        except UnicodeEncodeError:  # a lone surrogate can only be written as an escape
            return self.post_raw(path, json.dumps(body), **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self._send(method, path, json.dumps(body or {}), "application/json", headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.send("DELETE", path, **headers)

    def post_raw(
        self, path: str, body: str | bytes, content_type: str = "application/json", **headers: str
    ) -> Answer:
        return self._send("POST", path, body, content_type, headers)

    def _send(
        self, method: str, path: str, body: str | bytes, content_type: str, headers: dict[str, str]
    ) -> Answer:
        """`headers` are written as names of Python: `Idempotency_Key`."""
        sent = {"X-CSRFToken": self.token} | {name.replace("_", "-"): v for name, v in headers.items()}
        response = self.client.generic(method, path, body, content_type=content_type, headers=sent)
        return Answer(response.status_code, response.json() if response.content else {})

    def create_room(self, name: str = "Workshop", **fields: Any) -> Answer:
        return self.post("/api/rooms/", {"command_id": str(uuid4()), "name": name, **fields})

    def join(self, invite: str, name: str | None = None, **fields: Any) -> Answer:
        body = {"command_id": str(uuid4()), "name": self.name if name is None else name, **fields}
        return self.post(f"/api/invites/{invite}/join/", body)

    def command(self, room_id: str, kind: str, command_id: str | None = None, **data: Any) -> Answer:
        """A command over REST; `result` is unwrapped."""
        frame = {"type": kind, "command_id": command_id or str(uuid4()), "data": data}
        answer = self.post(f"/api/rooms/{room_id}/commands/", frame)
        return Answer(answer.status, answer.body.get("result", answer.body))

    def say(self, room_id: str, text: str, **data: Any) -> str:
        """Says something that must be accepted; returns the message's id."""
        answer = self.command(room_id, "message.post", text=text, **data)
        assert answer.status == 200, answer
        return str(answer.body["message_id"])

    def snapshot(self, room_id: str) -> Json:
        answer = self.get(f"/api/rooms/{room_id}/")
        assert answer.status == 200, answer
        return answer.body

    def events(self, room_id: str, after: int = 0) -> list[Json]:
        answer = self.get(f"/api/rooms/{room_id}/events/", after=after)
        assert answer.status == 200, answer
        events: list[Json] = answer.body["events"]
        return events


class Program(Person):
    """Somebody without cookies and CSRF token, who has a token instead."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__(name)
        self.bearer = f"Bearer {token}"
        self.client = Client(headers={"Authorization": self.bearer})
        self.client.handler = _HANDLER

    @property
    def socket_headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"authorization", self.bearer.encode())]


@dataclass(frozen=True)
class Workshop:
    """A room that Alice owns, with Bob as a member. Carol knows its id and nothing more."""

    id: str
    invite: str
    alice: Person
    bob: Person
    carol: Person

    @property
    def uuid(self) -> UUID:
        return UUID(self.id)
