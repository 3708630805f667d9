from django.urls import include, path

from llm.thinking.api import ThinkingView

in_a_room = [
    path("turns/<uuid:turn_id>/thinking/", ThinkingView.as_view()),
]

urlpatterns = [path("rooms/<uuid:room_id>/", include(in_a_room))]
