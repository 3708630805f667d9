"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from llm import presence
from rooms import redis_clients
from rooms.draining import IS_DRAINING


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database and Redis answer. `workers` says how many workers do: without
    one people can talk and personas wait. 503 as well from SIGTERM on, so that a proxy sends
    nobody here any more."""
    problems = []
    workers = 0
    if getattr(request, "scope", {}).get(IS_DRAINING):
        problems.append("This process is stopping.")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        problems.append("The database does not answer: check DATABASE_URL.")
    try:
        redis_clients.blocking().ping()
        workers = presence.workers()
    except redis.RedisError:
        problems.append("Redis does not answer: check REDIS_URL.")
    body = {"status": "unavailable" if problems else "ok", "problems": problems, "workers": workers}
    return JsonResponse(body, status=503 if problems else 200)
