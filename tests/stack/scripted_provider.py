"""An OpenAI-compatible HTTP server that says what a test tells it to, and misbehaves on request.

    python -m tests.stack.scripted_provider --port 0     prints {"port": …, "url": …} and serves

POST /v1/chat/completions   the call under test, streamed or whole
POST …/v1/messages, …/models/…:streamGenerateContent   the same in two other dialects (scripted_dialects)
POST /script {"steps": […]} adds steps (see `Step`); each call takes the first unused one that matches
GET  /calls  /unused  /verdict      what happened; verdict is {"unexpected": n, "unused": n}
POST /reset                 forgets steps and calls

A call that no step expects is answered 500 and counted, so that its test fails. With
`--echo`, every call that no step expects gets a generated answer instead (for benches);
`--timestamps` writes each chunk's number and monotonic nanoseconds into its text, `--prose` is as
long and as varied as what models write.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Self

from tests.stack.scripted_dialects import Dialect, dialect_of, frames, model_of, user_of
from tests.stack.scripted_steps import Call, Echo, Step

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
# How long an answer may take to notice that it is hurried.
HURRY_SECONDS = 0.1


class ScriptedProvider:
    """The server. `async with ScriptedProvider() as provider:` serves on `provider.url`."""

    def __init__(self, *, port: int = 0, echo: Echo | None = None) -> None:
        self.calls: list[Call] = []
        self.steps: list[Step] = []
        self.unexpected = 0
        self.connections_made = 0
        # See `Provider.hurry`.
        self.is_hurried = False
        self.echo = echo
        self.port = port
        self._server: asyncio.Server | None = None
        self.connections: set[Connection] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self.connections):
            connection.abort()
        await self._server.wait_closed()

    def script(self, *steps: Step) -> None:
        self.steps.extend(steps)

    def reset(self) -> None:
        self.is_hurried = False
        self.calls.clear()
        self.steps.clear()
        self.unexpected = 0

    def verdict(self) -> dict[str, int]:
        return {"unexpected": self.unexpected, "unused": len(self.steps)}

    def take(self, model: str, user: str) -> Step | None:
        for step in self.steps:
            if re.search(step.user, user) and re.search(step.model, model):
                step.times -= 1
                if step.times <= 0:
                    self.steps.remove(step)
                return step
        return None

    def control(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if (method, path) == ("POST", "/script"):
            self.script(*(Step(**step) for step in json.loads(body)["steps"]))
            return 200, self.verdict()
        if (method, path) == ("POST", "/reset"):
            self.reset()
            return 200, self.verdict()
        if (method, path) == ("POST", "/hurry"):
            self.is_hurried = True
            return 200, self.verdict()
        answers: dict[str, Callable[[], Any]] = {
            "/calls": lambda: [asdict(call) for call in self.calls],
            "/unused": lambda: [asdict(step) for step in self.steps],
            "/verdict": self.verdict,
            "/v1/models": lambda: {"object": "list", "data": [{"id": "parrot"}, {"id": "owl"}]},
        }
        if method == "GET" and path in answers:
            return 200, answers[path]()
        return 404, {"error": {"message": "no such path", "type": "not_found_error", "code": None}}


class Connection(asyncio.Protocol):
    """One keep-alive HTTP connection. A protocol rather than a stream pair, for `connection_lost`."""

    def __init__(self, provider: ScriptedProvider) -> None:
        self.provider = provider
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.task: asyncio.Task[None] | None = None
        self.call: Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.provider.connections.add(self)
        self.provider.connections_made += 1

    def connection_lost(self, _: Exception | None) -> None:
        self.provider.connections.discard(self)
        if self.call is not None and self.call.ended_at is None:
            self.call.closed_at = time.monotonic()
        if self.task is not None:
            self.task.cancel()

    def abort(self) -> None:
        assert self.transport is not None
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.task is None or self.task.done():
            self._next_request()

    def _next_request(self) -> None:
        head, separator, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        if not separator:
            return
        request_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self.buffer = bytearray(rest[length:])
        method, path, _ = request_line.split(" ", 2)
        dialect = dialect_of(path) if method == "POST" else None
        if dialect is not None:
            answering = self._complete(dialect, path, headers, rest[:length])
            self.task = asyncio.get_running_loop().create_task(answering)
        else:
            self._answer(*self.provider.control(method, path, rest[:length]))

    async def _complete(self, dialect: Dialect, path: str, headers: dict[str, str], raw: bytes) -> None:
        body = json.loads(raw)
        model, user = model_of(dialect, path, body), user_of(dialect, body)
        step = self.provider.take(model, user)
        authorization = headers.get("authorization", "")
        self.call = Call(
            model=model,
            user=user,
            body=body,
            has_authorization=bool(authorization),
            authorization_sha256=hashlib.sha256(authorization.encode()).hexdigest() if authorization else "",
            is_expected=step is not None,
            began_at=time.monotonic(),
        )
        self.provider.calls.append(self.call)
        echo = self.provider.echo
        if step is not None and dialect != "openai":
            self._tell(dialect, step)
        elif step is not None:
            await self._play(self.call, step, step.pieces(), is_streamed=bool(body.get("stream")))
        elif echo is not None:
            generated = Step(tokens_per_second=echo.tokens_per_second, first_delay=echo.first_delay)
            await self._play(self.call, generated, echo.pieces(user), is_streamed=bool(body.get("stream")))
        else:
            self.provider.unexpected += 1
            self._answer(500, {"error": {"message": "unexpected call", "type": "server_error", "code": None}})
        if self.call.closed_at is None:
            self.call.ended_at = time.monotonic()
        if self.buffer:
            asyncio.get_running_loop().call_soon(self._next_request)

    def _tell(self, dialect: Dialect, step: Step) -> None:
        """The whole answer at once: these dialects are here for their requests."""
        self._write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for frame in frames(dialect, step.pieces()):
            payload = f"{frame}\n\n".encode()
            self._write(b"%x\r\n%b\r\n" % (len(payload), payload))
        self._write(b"0\r\n\r\n")

    async def _play(
        self, call: Call, step: Step, pieces: Iterator[str] | list[str], *, is_streamed: bool
    ) -> None:
        if step.first_delay:
            await asyncio.sleep(step.first_delay)
        if step.status != 200:
            self._answer(step.status, {"error": step.error}, step.headers)
            return
        if not is_streamed:
            message = {"role": "assistant", "content": "".join(pieces)}
            choice = {"index": 0, "message": message, "finish_reason": step.finish_reason}
            self._answer(200, {**_head(call), "choices": [choice], "usage": step.usage})
            return
        self._write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        await self._stream(call, step, pieces)
        for frame in step.frames:
            self._event(frame)
        await self._end(call, step)

    async def _stream(self, call: Call, step: Step, pieces: Iterator[str] | list[str]) -> None:
        # Only the text differs from frame to frame.
        frame = json.dumps(
            {**_head(call), "choices": [{"index": 0, "delta": {"@": ""}, "finish_reason": None}]}
        )
        before, _, after = frame.partition('"@": ""')
        parts = itertools.chain(
            (("reasoning_content", text) for text in step.thinking), (("content", text) for text in pieces)
        )
        interval = 1 / step.tokens_per_second if step.tokens_per_second else 0.0
        began = time.monotonic()
        for number in itertools.count():
            # Wait first, so that a timestamp is taken when its chunk is sent.
            due = began + number * interval
            # Looked at rather than waited for: benches are not to pay for an event at each token.
            while not self.provider.is_hurried and (ahead := due - time.monotonic()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(ahead, HURRY_SECONDS))
            part = next(parts, None)
            if part is None:
                return
            name, text = part
            self._event(f'{before}"{name}": {json.dumps(text, ensure_ascii=False)}{after}')
            call.chunks_sent += 1
            call.first_chunk_at = call.first_chunk_at or time.monotonic()

    async def _end(self, call: Call, step: Step) -> None:
        if step.ending == "stall":
            await asyncio.Event().wait()
        if step.ending == "cut":
            # Let what was written leave first: an abort throws the buffer away.
            await asyncio.sleep(0.02)
            self.abort()
            return
        if step.ending == "error_frame":
            self._event(json.dumps({"error": step.error}))
        if step.ending == "garbage":
            self._event("{this is no JSON")
        if step.ending in ("done", "garbage"):
            if step.finish_reason is not None:
                choice = {"index": 0, "delta": {}, "finish_reason": step.finish_reason}
                self._event(json.dumps({**_head(call), "choices": [choice]}))
            if step.usage is not None:
                self._event(json.dumps({**_head(call), "choices": [], "usage": step.usage}))
            if step.sends_done:
                self._event("[DONE]")
        self._write(b"0\r\n\r\n")

    def _event(self, data: str) -> None:
        payload = f"data: {data}\n\n".encode()
        self._write(b"%x\r\n%b\r\n" % (len(payload), payload))

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        payload = json.dumps(body).encode()
        extra = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\nContent-Type: application/json\r\n{extra}"
        )
        self._write(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)

    def _write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)


def _head(call: Call) -> dict[str, Any]:
    return {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 0, "model": call.model}


async def _serve(options: argparse.Namespace) -> None:
    echo = (
        Echo(
            options.tokens,
            options.tokens_per_second,
            options.first_delay,
            has_timestamps=options.timestamps,
            is_prose=options.prose,
        )
        if options.echo
        else None
    )
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with ScriptedProvider(port=options.port, echo=echo) as provider:
        sys.stdout.write(json.dumps({"port": provider.port, "url": provider.url}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--echo", action="store_true", help="answer calls that no step expects")
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--tokens-per-second", type=float, default=50.0)
    parser.add_argument("--first-delay", type=float, default=0.0)
    parser.add_argument("--timestamps", action="store_true")
    parser.add_argument("--prose", action="store_true", help="answer in made-up words")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
