"""The ASGI entry point: HTTP to Django, WebSockets to the room consumer."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

# After Django is set up, since they import models.
from config.daphne import allow_every_close_code, drain_before_stopping, write_at_once  # noqa: E402
from config.floods import end_floods  # noqa: E402
from config.origins import SameOriginSockets  # noqa: E402
from llm import reaper  # noqa: E402
from rooms.draining import Draining  # noqa: E402
from rooms.garbage import set_aside_what_is_loaded  # noqa: E402
from rooms.routing import websocket_urlpatterns  # noqa: E402

application = Draining(
    ProtocolTypeRouter(
        {
            "http": django_application,
            "websocket": SameOriginSockets(SessionMiddlewareStack(URLRouter(websocket_urlpatterns))),
        }
    )
)
allow_every_close_code()
write_at_once()
end_floods()
drain_before_stopping(application)
set_aside_what_is_loaded()

# Daphne has no lifespan events, and `ready()` also runs in every management command.
reaper.start_thread()
