from django.db import migrations

from rooms.search import index


def make(apps, schema_editor):
    index.ensure(schema_editor.connection)


def take_away(apps, schema_editor):
    index.drop(schema_editor.connection)


class Migration(migrations.Migration):
    """The index for full-text search: triggers on SQLite, an index of terms on PostgreSQL."""

    dependencies = [
        ('rooms', '0004_personas'),
    ]

    operations = [
        migrations.RunPython(make, take_away, elidable=False),
    ]
