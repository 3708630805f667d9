"""Text in the making, kept in a real Redis."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
import redis

from rooms import livetext, redis_clients
from rooms.livetext import LiveText, Piece
from rooms.tests.tasks import until

pytestmark = pytest.mark.usefixtures("redis_server")


@pytest.fixture
def message() -> UUID:
    return uuid4()


def pieces(
    message: UUID, texts: list[str], *, fence: int = 1, start: int = 0, before: str = ""
) -> list[Piece]:
    made = []
    for number, text in enumerate(texts):
        before += text
        made.append(Piece(message, fence, start + number, text, before))
    return made


async def test_pieces_in_order_make_the_text(message: UUID) -> None:
    assert livetext.read(message) is None
    one, two, three = pieces(message, ["One ", "🌷 two", " three"])
    assert await livetext.append([one]) == ["ok"]
    assert livetext.read(message) == LiveText(1, 0, "One ")
    assert await livetext.append([two, three]) == ["ok", "ok"]
    assert livetext.read(message) == LiveText(1, 2, "One 🌷 two three")


async def test_several_messages_in_one_round_trip_are_apart(message: UUID) -> None:
    other = uuid4()
    results = await livetext.append([*pieces(message, ["a", "b"]), *pieces(other, ["x", "y"], fence=7)])
    assert results == ["ok"] * 4
    assert livetext.read(message) == LiveText(1, 1, "ab")
    assert livetext.read(other) == LiveText(7, 1, "xy")


async def test_a_text_that_redis_lost_is_put_back_whole(message: UUID) -> None:
    one, two, three = pieces(message, ["One", " two", " three"])
    await livetext.append([one, two])
    redis_clients.blocking().delete(*livetext._keys(message))
    assert await livetext.append([three]) == ["ok"]
    assert livetext.read(message) == LiveText(1, 2, "One two three")


async def test_after_a_restore_no_earlier_writer_is_in_the_way(message: UUID) -> None:
    await livetext.append(pieces(message, ["One"], fence=9))
    (piece,) = pieces(message, ["Uno"], fence=2)
    assert await livetext.append([piece]) == ["fenced"]
    await asyncio.to_thread(livetext.forget_all)
    assert await livetext.append([piece]) == ["ok"]


async def test_a_piece_that_does_not_follow_on_brings_the_whole(message: UUID) -> None:
    one, _, three = pieces(message, ["One", " two", " three"])
    await livetext.append([one])
    assert await livetext.append([three]) == ["ok"]
    assert livetext.read(message) == LiveText(1, 2, "One two three")


async def test_a_piece_twice_is_there_once(message: UUID) -> None:
    one, two = pieces(message, ["One", " two"])
    assert await livetext.append([one, two, two]) == ["ok", "ok", "ok"]
    assert livetext.read(message) == LiveText(1, 1, "One two")


async def test_an_older_writer_is_fenced_and_changes_nothing(message: UUID) -> None:
    await livetext.append(pieces(message, ["new"], fence=2))
    for index in (0, 1, 7):
        assert await livetext.append(pieces(message, ["old"], fence=1, start=index)) == ["fenced"]
    assert livetext.read(message) == LiveText(2, 0, "new")


async def test_a_newer_writer_takes_over(message: UUID) -> None:
    await livetext.append(pieces(message, ["old", "er"], fence=1))
    assert await livetext.append(pieces(message, ["new"], fence=2)) == ["ok"]
    assert livetext.read(message) == LiveText(2, 0, "new")
    assert await livetext.append(pieces(message, ["x"], fence=1, start=1)) == ["fenced"]


async def test_a_newer_writer_that_follows_on_puts_its_whole_text(message: UUID) -> None:
    """It may know more of the old text than Redis does."""
    await livetext.append(pieces(message, ["old"], fence=1))
    [following] = pieces(message, [" new"], fence=2, start=1, before="older")
    assert await livetext.append([following]) == ["ok"]
    assert livetext.read(message) == LiveText(2, 1, "older new")


async def test_sealing_answers_the_text_and_refuses_the_writer(message: UUID) -> None:
    one, two, three = pieces(message, ["One", " two", " three"])
    await livetext.append([one, two])
    assert livetext.seal(message, 2) == LiveText(1, 1, "One two")
    assert await livetext.append([three]) == ["fenced"]
    sealed = livetext.read(message)
    assert sealed is not None
    assert (sealed.text, sealed.index) == ("One two", 1)


async def test_sealing_what_redis_does_not_have_still_refuses_the_writer(message: UUID) -> None:
    assert livetext.seal(message, 2) is None
    assert await livetext.append(pieces(message, ["late"])) == ["fenced"]
    assert await livetext.append(pieces(message, ["late"], start=3)) == ["fenced"]


async def test_a_text_runs_out(message: UUID) -> None:
    await livetext.append(pieces(message, ["One"]))
    client = redis_clients.blocking()
    for key in livetext._keys(message):
        assert 0 < client.ttl(key) <= livetext.LIVE_SECONDS
    livetext.seal(message, 2)
    for key in livetext._keys(message):
        assert 0 < client.ttl(key) <= livetext.SEALED_SECONDS


async def test_text_and_index_are_read_together(message: UUID) -> None:
    """While somebody writes: whatever is read, the index counts exactly that text."""
    length = 300
    stop = asyncio.Event()
    seen: list[LiveText] = []

    def read_all() -> None:
        while not stop.is_set():
            live = livetext.read(message)
            if live is not None:
                seen.append(live)

    reader = asyncio.get_running_loop().run_in_executor(None, read_all)
    try:
        for piece in pieces(message, ["x"] * length):
            await livetext.append([piece])
            if piece.index == length // 3:
                await until(lambda: seen)  # the thread runs
        await until(lambda: seen[-1].index == length - 1)
    finally:
        stop.set()
        await reader
    assert len({live.index for live in seen}) > 1
    assert [live for live in seen if len(live.text) != live.index + 1] == []


async def test_without_redis_reading_answers_nothing_and_appending_says_so(
    message: UUID, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nowhere = f"unix://{tmp_path_factory.mktemp('away')}/valkey.sock"
    monkeypatch.setattr(redis_clients, "blocking", lambda: redis.Redis.from_url(nowhere))
    monkeypatch.setattr(redis_clients, "asynchronous", lambda: redis.asyncio.Redis.from_url(nowhere))
    assert livetext.read(message) is None
    assert livetext.seal(message, 2) is None
    with pytest.raises(redis.RedisError):
        await livetext.append(pieces(message, ["One"]))
