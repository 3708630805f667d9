"""The OpenAPI document is complete, and true of what is answered."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from pydantic import BaseModel

from config.openapi import checked_yaml, document
from personas.models import Persona
from rooms.api.examples import EXAMPLES
from rooms.tests.people import Answer, Person, Workshop


def test_every_address_is_described_without_a_warning() -> None:
    text = checked_yaml()
    assert text == checked_yaml()
    assert text.startswith("openapi: 3.1.0\n")


def test_it_is_served_to_everybody(db: None) -> None:
    answer = Person("Nobody").get("/api/schema/")
    assert (answer.status, answer.body) == (200, document())


@pytest.mark.parametrize("shape", EXAMPLES, ids=lambda shape: shape.__name__)
def test_an_example_is_of_its_shape(shape: type[BaseModel]) -> None:
    shape.model_validate(EXAMPLES[shape])
    schema = document()["components"]["schemas"][shape.__name__]
    assert schema["examples"] == [EXAMPLES[shape]]


def described(method: str, path: str, status: int) -> dict[str, Any]:
    operation = document()["paths"][path][method.lower()]
    answers = operation["responses"]
    content = answers.get(str(status), answers["default"])["content"]
    [(media_type, body)] = content.items()
    assert media_type == ("application/json" if str(status) in answers else "application/problem+json")
    return {**body["schema"], "components": document()["components"]}


def assert_as_described(method: str, path: str, answer: Answer) -> None:
    schema = described(method, path, answer.status)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(answer.body)


def test_what_is_read_is_as_described(workshop: Workshop, ada: Persona) -> None:
    message = workshop.bob.say(workshop.id, "Hello")
    invite, room = "/api/invites/{token}/", "/api/rooms/{room_id}/"
    read = [
        ("/api/session/", ""),
        ("/api/personas/", ""),
        ("/api/presets/", ""),
        ("/api/rooms/", "?limit=1"),
        (invite, ""),
        (room, ""),
        (f"{room}participants/", ""),
        (f"{room}messages/", ""),
        (f"{room}messages/{{message_id}}/", ""),
        (f"{room}events/", "?after=0"),
        (f"{room}turns/", ""),
    ]
    for path, query in read:
        asked = path.format(room_id=workshop.id, message_id=message, token=workshop.invite) + query
        answer = workshop.bob.get(asked)
        assert answer.status == 200
        assert_as_described("GET", path, answer)


def test_what_is_written_and_refused_is_as_described(workshop: Workshop) -> None:
    room = "/api/rooms/{room_id}/"
    me = workshop.alice.snapshot(workshop.id)["you"]["participant_id"]
    written: list[tuple[str, str, Any]] = [
        ("POST", "/api/rooms/", {"name": "Garden"}),
        ("PATCH", room, {"description": "Tulips"}),
        ("POST", f"{room}messages/", {"text": "Hello"}),
        ("PATCH", f"{room}participants/{{participant_id}}/", {"title": "Cook"}),
        ("POST", f"{room}turns/stop-all/", {}),
        ("POST", f"{room}archive/", {}),
        ("POST", f"{room}restore/", {}),
    ]
    for method, path, body in written:
        asked = path.format(room_id=workshop.id, participant_id=me)
        answer = workshop.alice.send(method, asked, body)
        assert answer.status in {200, 201}
        assert_as_described(method, path, answer)
        refused = workshop.alice.send(method, asked, [])
        if refused.status >= 400:
            assert_as_described(method, path, refused)


def test_the_comparison_would_notice(workshop: Workshop) -> None:
    answer = workshop.bob.get("/api/session/")
    with pytest.raises(ValidationError):
        assert_as_described("GET", "/api/session/", Answer(200, {**answer.body, "kind": "robot"}))
