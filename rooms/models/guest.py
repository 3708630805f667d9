from __future__ import annotations

import uuid

from django.db import models


class Guest(models.Model):
    """Somebody without an account. The session cookie holds the id, and is all they have."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
