from django.urls import include, path

from llm import api
from llm.given_api import GivenView
from llm.hands import api as hands
from llm.ledger_api import WakesView
from llm.memory import api as memory
from llm.model_api import ModelsView
from llm.runs import api as runs
from llm.thinking.api import ThinkingView
from llm.usage_api import UsageView

in_a_room = [
    path("usage/", UsageView.as_view()),
    path("memory/", memory.MemoryView.as_view()),
    path("memory/lines/", memory.LinesView.as_view()),
    path("memory/lines/<uuid:line_id>/", memory.LineView.as_view()),
    path("runs/", runs.RunsView.as_view()),
    path("runs/estimate/", runs.EstimateView.as_view()),
    path("runs/advice/", runs.AdviceView.as_view()),
    path("runs/<uuid:run_id>/", runs.RunView.as_view()),
    path("runs/<uuid:run_id>/pause/", runs.PauseView.as_view()),
    path("runs/<uuid:run_id>/resume/", runs.ResumeView.as_view()),
    path("runs/<uuid:run_id>/skip/", runs.SkipView.as_view()),
    path("runs/<uuid:run_id>/mine/", runs.MyTurnView.as_view()),
    path("runs/<uuid:run_id>/stop/", runs.StopView.as_view()),
    path("runs/<uuid:run_id>/outcome/", runs.OutcomeView.as_view()),
    path("runs/<uuid:run_id>/outcome/pin/", runs.PinView.as_view()),
    path("hands/", hands.HandsView.as_view()),
    path("hands/<uuid:hand_id>/grant/", hands.GrantView.as_view()),
    path("hands/<uuid:hand_id>/lower/", hands.LowerView.as_view()),
    path("turns/", api.TurnsView.as_view()),
    path("turns/speak/", api.SpeakView.as_view()),
    path("turns/stop-all/", api.StopAllView.as_view()),
    path("turns/<uuid:turn_id>/stop/", api.StopView.as_view()),
    path("turns/<uuid:turn_id>/retry/", api.RetryView.as_view()),
    path("turns/<uuid:turn_id>/continue/", api.ContinueView.as_view()),
    path("turns/<uuid:turn_id>/grant/", api.GrantView.as_view()),
    path("turns/<uuid:turn_id>/thinking/", ThinkingView.as_view()),
    path("turns/<uuid:turn_id>/given/", GivenView.as_view()),
]

of_a_message = [path("wakes/", WakesView.as_view())]

urlpatterns = [
    path("models/", ModelsView.as_view()),
    path("modes/", runs.ModesView.as_view()),
    path("rooms/<uuid:room_id>/", include(in_a_room)),
    path("rooms/<uuid:room_id>/messages/<uuid:message_id>/", include(of_a_message)),
]
