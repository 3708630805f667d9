"""LiteLLM, imported late and kept quiet: the only module that touches its global state."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import threading
import weakref
from types import ModuleType
from typing import Any

import httpx

# Read by LiteLLM while it is imported. Without the first it fetches its price list from the
# network; without "PRODUCTION" it loads whatever .env file lies in the working directory.
IMPORT_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "ERROR",
}

# These log requests and exceptions whole: message text, and sometimes keys.
TALKATIVE_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore")

WARM_UP_STREAM = (
    b'data: {"id":"1","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,'
    b'"delta":{"content":"hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
MOST_CONNECTIONS = 1_000
KEEPALIVE_SECONDS = 60.0

_import_lock = threading.Lock()
_loaded: ModuleType | None = None
_tls_context: ssl.SSLContext | None = None
_http_clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
    weakref.WeakKeyDictionary()
)


def loaded() -> Any:
    """The configured `litellm` module. The first call takes 4 to 6 s and blocks."""
    global _loaded
    with _import_lock:
        if _loaded is None:
            _loaded = _import_and_configure()
        return _loaded


def is_loaded() -> bool:
    return _loaded is not None


def warm_up() -> None:
    """Load LiteLLM and make the first calls, which cost about a second, without any network."""
    loaded()
    # In a thread, because the caller's own may already run a loop.
    thread = threading.Thread(target=lambda: asyncio.run(_first_calls()), name="litellm-warm-up")
    thread.start()
    thread.join()


async def _first_calls() -> None:
    """One call through the OpenAI client, whose transport answers by itself, and one to the demo."""
    litellm = loaded()
    reply = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=WARM_UP_STREAM)
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: reply)) as client:
        litellm.aclient_session = client
        messages = [{"role": "user", "content": "hello"}]
        for model in ("openai/warm-up", "demo/neutral"):
            stream = await litellm.acompletion(
                model=model,
                messages=messages,
                stream=True,
                api_base="http://warm-up.invalid/v1",
                api_key="none",
            )
            await anext(aiter(stream))
            await stream.aclose()


def use_shared_http_client() -> None:
    """Make this loop's HTTP client the one that LiteLLM hands to the OpenAI SDK.

    A client of its own would cost about 40 ms of CPU each. The setting is global and read
    before the first await of a call, so it suits one loop per process, as workers have.
    """
    litellm = loaded()
    loop = asyncio.get_running_loop()
    client = _http_clients.get(loop)
    if client is None or client.is_closed:
        # No redirects: they would take the request, and what is in it, to another address.
        client = httpx.AsyncClient(transport=_transport(), follow_redirects=False)
        _http_clients[loop] = client
        # LiteLLM keeps SDK clients by the loop's id, which an earlier loop may have had.
        litellm.in_memory_llm_clients_cache.flush_cache()
    litellm.aclient_session = client


def _transport() -> httpx.AsyncBaseTransport:
    """aiohttp's, whose parser is C: reading a stream costs half of what it does with httpx's own
    (bench/gateway_cpu.py). It makes its session when it is first used."""
    from aiohttp import ClientSession, DummyCookieJar, TCPConnector
    from litellm.llms.custom_httpx.aiohttp_transport import LiteLLMAiohttpTransport

    def session() -> ClientSession:
        connector = TCPConnector(limit=MOST_CONNECTIONS, keepalive_timeout=KEEPALIVE_SECONDS, ssl=tls())
        return ClientSession(connector=connector, cookie_jar=DummyCookieJar())

    return LiteLLMAiohttpTransport(client=session)


async def close_shared_http_client() -> None:
    """Close this loop's pool, before the loop itself is closed."""
    client = _http_clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


def tls() -> ssl.SSLContext:
    """One for all clients: costly to make and safe to share between loops."""
    global _tls_context
    if _tls_context is None:
        _tls_context = httpx.create_ssl_context()
    return _tls_context


def _import_and_configure() -> ModuleType:
    for variable, value in IMPORT_ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    import litellm
    from litellm.utils import custom_llm_setup

    from llm.gateway._demo_provider import DemoProvider

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.callbacks = []
    litellm.success_callback = []
    litellm.failure_callback = []
    litellm._async_success_callback = []
    litellm._async_failure_callback = []
    litellm.cache = None
    litellm.num_retries = 0
    # Where LiteLLM would make clients of its own: a second pool.
    litellm.disable_aiohttp_transport = True
    for name in TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    litellm.custom_provider_map = [{"provider": "demo", "custom_handler": DemoProvider()}]
    custom_llm_setup()
    tls()
    return litellm
