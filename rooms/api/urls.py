from django.urls import include, path

from rooms.api import catalogue, entry, lobby, participants, polls, proposals, room, search, session, tokens

in_a_room = [
    path("", room.RoomView.as_view()),
    path("join/", entry.JoinPublicView.as_view()),
    path("leave/", room.LeaveView.as_view()),
    path("archive/", room.ArchiveView.as_view()),
    path("restore/", room.RestoreView.as_view()),
    path("commands/", room.CommandsView.as_view()),
    path("events/", room.EventsView.as_view()),
    path("messages/", room.MessagesView.as_view()),
    path("messages/<uuid:message_id>/", room.MessageView.as_view()),
    path("proposal/", proposals.ProposalView.as_view()),
    path("search/", search.SearchView.as_view()),
    path("participants/", participants.ParticipantsView.as_view()),
    path("participants/<uuid:participant_id>/", participants.ParticipantView.as_view()),
    path("polls/", polls.PollsView.as_view()),
    path("polls/<uuid:poll_id>/", polls.PollView.as_view()),
    path("polls/<uuid:poll_id>/vote/", polls.VoteView.as_view()),
    path("polls/<uuid:poll_id>/retract/", polls.RetractView.as_view()),
    path("polls/<uuid:poll_id>/close/", polls.CloseView.as_view()),
]

urlpatterns = [
    path("session/", session.SessionView.as_view()),
    path("guest/", session.GuestView.as_view()),
    path("tokens/", tokens.TokensView.as_view()),
    path("tokens/<int:token_id>/", tokens.TokenView.as_view()),
    path("personas/", catalogue.PersonasView.as_view()),
    path("presets/", catalogue.PresetsView.as_view()),
    path("rooms/", lobby.RoomsView.as_view()),
    path("rooms/<uuid:room_id>/", include(in_a_room)),
    path("invites/<str:token>/", entry.InviteView.as_view()),
    path("invites/<str:token>/join/", entry.JoinByInviteView.as_view()),
]
