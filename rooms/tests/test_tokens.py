"""A program acts as an account by its token, as far as the token's scope goes."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any, Literal
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from rooms.actions.tokens import create_token, revoke_token
from rooms.models import ApiToken, Receipt
from rooms.tests.people import Json, Person, Program, Workshop

pytestmark = pytest.mark.django_db


def account(name: str) -> Any:
    return get_user_model().objects.get_or_create(username=name)[0]


def token_of(name: str, scope: Literal["read", "write"] = "write", **fields: Any) -> tuple[ApiToken, str]:
    fields = {"expires_at": None, **fields}
    return create_token(user_id=account(name).pk, name="A test", scope=scope, **fields)


def program(name: str, scope: Literal["read", "write"] = "write") -> Program:
    return Program(name.capitalize(), token_of(name, scope)[1])


@pytest.fixture
def programs(installed: None) -> Workshop:
    """The workshop of three programs."""
    alice, bob, carol = program("alice"), program("bob"), program("carol")
    room_id = alice.create_room("Workshop").body["room_id"]
    invite = alice.snapshot(room_id)["room"]["invite"]
    assert bob.join(invite).status == 200
    return Workshop(room_id, invite, alice, bob, carol)


def test_programs_talk_and_a_stranger_sees_nothing(programs: Workshop) -> None:
    path = f"/api/rooms/{programs.id}/messages/"
    said = programs.bob.post(path, {"text": "Hello"})
    assert (said.status, programs.alice.get(path).body["messages"]) == (201, [said.body])
    for answer in (programs.carol.get(path), programs.carol.post(path, {"text": "Hi"})):
        assert (answer.status, answer.code) == (404, "not_found")
    assert programs.alice.patch(f"/api/rooms/{programs.id}/", {"name": "Atelier"}).status == 200
    assert programs.bob.patch(f"/api/rooms/{programs.id}/", {"name": "Mine"}).code == "not_allowed"
    assert programs.bob.session()["kind"] == "user"


def test_an_account_and_its_program_are_one_person(programs: Workshop) -> None:
    person = Person("Bob")
    person.client.force_login(account("bob"))
    person.session()
    assert person.snapshot(programs.id)["you"] == programs.bob.snapshot(programs.id)["you"]


def test_a_token_that_reads_does_not_write(programs: Workshop) -> None:
    reader = program("bob", "read")
    before = programs.alice.snapshot(programs.id)
    me = reader.snapshot(programs.id)["you"]["participant_id"]
    room = f"/api/rooms/{programs.id}/"
    asked: list[tuple[str, str, Json]] = [
        ("POST", f"{room}messages/", {"text": "Hi"}),
        ("POST", f"{room}leave/", {}),
        ("PATCH", f"{room}participants/{me}/", {"name": "Robert"}),
        ("POST", f"{room}turns/stop-all/", {}),
        ("POST", "/api/rooms/", {"name": "Mine"}),
        ("POST", f"/api/invites/{programs.invite}/join/", {"name": "Bob"}),
    ]
    for method, path, body in asked:
        answer = reader.send(method, path, body)
        assert (answer.status, answer.code) == (403, "not_allowed")
        assert answer.body["data"] == {"scope": "write"}
    assert reader.command(programs.id, "message.post", text="Hi").code == "not_allowed"
    assert programs.alice.snapshot(programs.id) == before
    for method, path, body in asked[:1] + asked[4:]:
        assert programs.bob.send(method, path, body).status in {200, 201}


def test_a_token_that_holds_no_more_opens_nothing(programs: Workshop) -> None:
    expired = token_of("bob", expires_at=timezone.now() - timedelta(seconds=1))[1]
    fresh = token_of("bob", expires_at=timezone.now() + timedelta(days=1))[1]
    row, revoked = token_of("bob")
    revoke_token(token=row)
    for token in (expired, revoked, row.digest, row.prefix, fresh + "x", fresh.upper(), "x", "", "é"):
        stranger = Program("Bob", token)
        for answer in (stranger.get(f"/api/rooms/{programs.id}/"), stranger.get("/api/session/")):
            assert (answer.status, answer.code) == (401, "token_invalid")
    response = Program("Bob", "x").client.get("/api/session/")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert Program("Bob", fresh).get(f"/api/rooms/{programs.id}/").status == 200
    get_user_model().objects.filter(username="bob").update(is_active=False)
    assert Program("Bob", fresh).get(f"/api/rooms/{programs.id}/").code == "token_invalid"


def test_a_bad_token_is_not_covered_up_by_a_session(workshop: Workshop) -> None:
    workshop.bob.client.defaults["HTTP_AUTHORIZATION"] = "Bearer parley_wrong"
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/").code == "token_invalid"
    workshop.bob.client.defaults["HTTP_AUTHORIZATION"] = "Basic of-a-proxy"
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/").status == 200


def test_only_a_hash_is_kept_and_use_is_noted_now_and_then(programs: Workshop) -> None:
    row, text = token_of("bob")
    assert text not in str(list(ApiToken.objects.values_list()))
    Program("Bob", text).session()
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    Program("Bob", text).session()
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiToken.objects.filter(pk=row.pk).update(last_used_at=first - timedelta(minutes=11))
    Program("Bob", text).session()
    row.refresh_from_db()
    assert row.last_used_at is not None
    assert row.last_used_at >= first


def signed_in(name: str) -> Person:
    person = Person(name)
    person.client.force_login(account(name))
    person.session()
    return person


def test_ones_own_tokens_are_made_listed_and_revoked(installed: None) -> None:
    bob, carol = signed_in("bob"), signed_in("carol")
    made = bob.post("/api/tokens/", {"name": "Minutes", "scope": "write"})
    assert made.status == 201
    about = made.body["about"]
    assert (about["name"], about["scope"], about["last_used_at"]) == ("Minutes", "write", None)
    assert made.body["token"].startswith(about["prefix"])
    works = Program("Bob", made.body["token"])
    assert works.session()["kind"] == "user"
    [listed] = bob.get("/api/tokens/").body["results"]
    assert listed["last_used_at"] is not None
    assert made.body["token"] not in str(listed)
    assert carol.get("/api/tokens/").body["results"] == []
    assert carol.delete(f"/api/tokens/{about['id']}/").code == "not_found"
    assert works.session()["kind"] == "user"
    assert bob.delete(f"/api/tokens/{about['id']}/").status == 204
    assert works.get("/api/session/").code == "token_invalid"
    assert bob.get("/api/tokens/").body["results"] == []


def test_neither_a_guest_nor_a_program_makes_tokens(alice: Person) -> None:
    for person in (alice, program("bob"), Person.guest("Dave")):
        assert person.post("/api/tokens/", {"name": "More"}).code == "not_allowed"
        assert person.get("/api/tokens/").code == "not_allowed"
    bob = signed_in("bob")
    bob.token = ""
    assert bob.post("/api/tokens/", {"name": "Forged"}).status == 403


def test_a_secret_is_in_no_receipt(installed: None) -> None:
    bob = signed_in("bob")
    made = bob.post("/api/tokens/", {"name": "Minutes"}, Idempotency_Key=str(uuid4()))
    assert made.status == 201
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"scope": "admin"}, {"expires_in_days": 0}, {"expires_in_days": 99_999}]
)
def test_a_token_that_is_none_is_refused(installed: None, fields: Json) -> None:
    bob = signed_in("bob")
    assert bob.post("/api/tokens/", {"name": "Minutes", **fields}).code == "invalid"
    assert not ApiToken.objects.exists()
    assert bob.post("/api/tokens/", {"name": "Minutes"}).status == 201


def test_an_account_has_so_many_tokens(installed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.actions.tokens.TOKENS_MOST", 2)
    bob = signed_in("bob")
    answers = [bob.post("/api/tokens/", {"name": "Minutes"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 400]
    bob.delete(f"/api/tokens/{answers[0].body['about']['id']}/")
    assert bob.post("/api/tokens/", {"name": "Minutes"}).status == 201


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("token", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_command_makes_lists_and_revokes(installed: None) -> None:
    account("bob")
    text = run("create", "bob", "--scope", "write", "--name", "Minutes")
    works = Program("Bob", text)
    assert works.create_room("By command").status == 201
    line = run("list", "bob")
    assert "Minutes" in line
    assert text not in line
    assert run("list", "alice") == ""
    run("revoke", line.split()[0])
    assert works.get("/api/session/").code == "token_invalid"
    for wrong in (["create", "nobody"], ["create", "bob", "--days", "-1"], ["revoke", "999"]):
        with pytest.raises(CommandError):
            run(*wrong)


@pytest.fixture
def boss(installed: None) -> Client:
    """The administration, as a browser has it open."""
    boss = Client()
    boss.force_login(get_user_model().objects.create_superuser("boss"))
    return boss


def test_the_administration_says_where_there_are_too_many(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.actions.tokens.TOKENS_MOST", 1)
    form = {"user": account("bob").pk, "name": "Minutes", "scope": "read"}
    first, second = (boss.post("/admin/rooms/apitoken/add/", form).content.decode() for _ in range(2))
    assert "<pre><code>parley_" in first
    assert "An account has at most 1 tokens." in second
    assert ApiToken.objects.count() == 1


def test_the_administration_shows_a_token_once_and_revokes(boss: Client) -> None:
    form = {"user": account("bob").pk, "name": "Minutes", "scope": "read"}
    page = boss.post("/admin/rooms/apitoken/add/", form)
    row = ApiToken.objects.get()
    assert page.status_code == 200
    text = page.content.decode().split("<pre><code>")[1].split("</code>")[0]
    assert Program("Bob", text).session()["kind"] == "user"
    listing = boss.get("/admin/rooms/apitoken/").content.decode()
    assert row.prefix in listing
    assert text not in listing
    boss.post("/admin/rooms/apitoken/", {"action": "revoke", "_selected_action": row.pk})
    assert Program("Bob", text).get("/api/session/").code == "token_invalid"
