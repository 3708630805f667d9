"""The Celery application of the workers. The web sends tasks by name (`llm.tasks` is
imported by workers only), so that no web process imports what runs a model."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("parley", include=["llm.tasks"])
app.config_from_object("django.conf:settings", namespace="CELERY")
