from django.urls import path

from rooms.api import lobby, room, session

urlpatterns = [
    path("session/", session.SessionView.as_view()),
    path("guest/", session.GuestView.as_view()),
    path("personas/", lobby.PersonasView.as_view()),
    path("presets/", lobby.PresetsView.as_view()),
    path("rooms/", lobby.RoomsView.as_view()),
    path("rooms/<uuid:room_id>/", room.RoomView.as_view()),
    path("rooms/<uuid:room_id>/join/", lobby.JoinPublicView.as_view()),
    path("rooms/<uuid:room_id>/commands/", room.CommandsView.as_view()),
    path("rooms/<uuid:room_id>/messages/", room.MessagesView.as_view()),
    path("rooms/<uuid:room_id>/messages/<uuid:message_id>/", room.MessageView.as_view()),
    path("rooms/<uuid:room_id>/participants/<uuid:participant_id>/", room.PersonaSetupView.as_view()),
    path("rooms/<uuid:room_id>/events/", room.EventsView.as_view()),
    path("invites/<str:token>/", lobby.InviteView.as_view()),
    path("invites/<str:token>/join/", lobby.JoinByInviteView.as_view()),
]
