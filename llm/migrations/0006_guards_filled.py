"""What earlier usage and chains belong to, from their turns."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce


def fill(apps, schema_editor):
    Turn = apps.get_model("llm", "Turn")
    Chain = apps.get_model("llm", "Chain")
    UsageEntry = apps.get_model("llm", "UsageEntry")
    Message = apps.get_model("rooms", "Message")
    first = Turn.objects.filter(chain=OuterRef("pk")).order_by("created_at", "id")
    Chain.objects.update(message_id=Subquery(first.values("trigger_message_id")[:1]))
    person = Message.objects.filter(pk=OuterRef("message_id"), participant__kind="human")
    Chain.objects.update(person_id=Subquery(person.values("participant_id")[:1]))
    of_entry = Turn.objects.filter(pk=OuterRef("turn_id"))
    UsageEntry.objects.update(
        room_id=Subquery(of_entry.values("room_id")[:1]),
        chain_id=Subquery(of_entry.values("chain_id")[:1]),
        persona_id=Subquery(of_entry.values("participant_id")[:1]),
        person_id=Subquery(of_entry.values("chain__person_id")[:1]),
        counted_tokens=Coalesce(F("input_tokens"), 0) + Coalesce(F("output_tokens"), 0),
        counted_usd=Coalesce(F("cost_usd"), 0, output_field=UsageEntry._meta.get_field("cost_usd")),
    )


class Migration(migrations.Migration):

    dependencies = [
        ('llm', '0006_guards'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
