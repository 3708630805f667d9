"""CPU of this process per 1,000 streamed tokens: bare httpx, the gateway's raw reading, LiteLLM's iterator.

    python -m bench.gateway_cpu [--tokens 2000]

The scripted provider runs as a process of its own, so that its work is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from contextlib import aclosing

import httpx

from llm.gateway import _request
from llm.gateway.client import stream_completion, warm_up
from llm.gateway.types import ChatMessage, CompletionRequest, TextChunk

RAW = _request.RAW_PROVIDERS
# Paced, so that chunks arrive one by one as they do from a model, not many in one read.
TOKENS_PER_SECOND = 500
ROUNDS = 4


async def measure(url: str, providers: frozenset[str]) -> float:
    """Milliseconds of CPU per 1,000 tokens, the cost of opening the call included."""
    _request.RAW_PROVIDERS = providers
    request = CompletionRequest(
        "openai/gpt-4o-mini", (ChatMessage("user", "hello"),), api_base=url, api_key="no-key"
    )
    count, began = 0, time.process_time()
    async with aclosing(stream_completion(request)) as chunks:
        async for chunk in chunks:
            count += isinstance(chunk, TextChunk)
    return (time.process_time() - began) * 1e6 / count


async def measure_bare(url: str, tokens: int) -> float:
    """The same bytes through httpx alone, not even parsed."""
    async with httpx.AsyncClient() as client:
        body = {"model": "bare", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
        began = time.process_time()
        async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
            async for _ in response.aiter_bytes():
                pass
        return (time.process_time() - began) * 1e6 / tokens


async def compare(url: str, tokens: int) -> None:
    for providers in (RAW, frozenset[str]()):
        await measure(url, providers)
    # Interleaved, and the least of each: on a busy machine a single round says little.
    rounds = [
        (await measure_bare(url, tokens), await measure(url, RAW), await measure(url, frozenset()))
        for _ in range(ROUNDS)
    ]
    bare, raw, iterator = (min(times) for times in zip(*rounds, strict=True))
    # `bare_httpx_ms` (socket, loop, httpx) is in both. No difference to it is printed: raw reading
    # comes so close to it that on a busy machine the difference is mostly noise.
    result = {"bare_httpx_ms": bare, "raw_ms": raw, "litellm_ms": iterator, "litellm_to_raw": iterator / raw}
    print(json.dumps({name: round(value, 1) for name, value in result.items()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tokens", type=int, default=2000)
    tokens = parser.parse_args().tokens
    command = [sys.executable, "-m", "tests.stack.scripted_provider", "--echo", "--timestamps"]
    command += ["--tokens", str(tokens), "--tokens-per-second", str(TOKENS_PER_SECOND)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as provider:
        assert provider.stdout is not None
        url = json.loads(provider.stdout.readline())["url"]
        try:
            warm_up()
            asyncio.run(compare(url, tokens))
        finally:
            provider.terminate()


if __name__ == "__main__":
    main()
