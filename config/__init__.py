"""Settings, entry points and the process supervisor: the only package that knows all apps.

The Celery application is made here so that `celery.current_app` is it in every process
and thread: the apps below send tasks by name without knowing this package.
"""

from config.celery import app as celery_app

celery_app.set_default()
