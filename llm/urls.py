from django.urls import include, path

from llm import api

in_a_room = [
    path("turns/", api.TurnsView.as_view()),
    path("turns/stop-all/", api.StopAllView.as_view()),
    path("turns/<uuid:turn_id>/stop/", api.StopView.as_view()),
    path("turns/<uuid:turn_id>/retry/", api.RetryView.as_view()),
]

urlpatterns = [path("rooms/<uuid:room_id>/", include(in_a_room))]
