from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "llm"
    verbose_name = "Models and turns"

    def ready(self) -> None:
        from llm import alerts, cards, commands, polls, receivers, resolution, shaping  # noqa: F401 (receivers connect on import)
        from llm.context import additions
        from llm.hands import registering as hands
        from llm.memory import registering as memory
        from llm.protocol import BudgetAlertShape, BudgetChanged, TurnChanged, TurnProgress, TurnShape
        from llm.runs import presets
        from llm.runs import registering as runs
        from rooms import extensions

        commands.register()
        memory.register()
        runs.register()
        hands.register()
        presets.register()
        extensions.register_event(TurnChanged)
        extensions.register_event(TurnProgress)
        extensions.register_event(BudgetChanged)
        extensions.register_snapshot_section(extensions.SnapshotSection("turns", TurnShape, shaping.turns_of))
        extensions.register_snapshot_section(
            extensions.SnapshotSection("budgets", BudgetAlertShape, alerts.alerts_of)
        )
        extensions.register_model_resolver(resolution.resolve, resolution.is_demo)
        extensions.register_model_catalogue(cards.know_tools, cards.model_problem)
        additions.register_extra("polls", polls.polls_of)
