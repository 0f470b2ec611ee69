"""The words by which projects are sorted, as rows that can be renamed.

The four areas of focus are PICA's own; the themes stand in for the numbering of the
conservation strategy until it is entered here.
"""

from typing import Any

from django.db import migrations

AREAS = (
    ("capacity-building", "Capacity building"),
    ("research", "Research"),
    ("raising-awareness", "Raising awareness"),
    ("strategic-planning", "Strategic planning"),
)
THEMES = (
    ("T1", "Close knowledge gaps"),
    ("T2", "Long-term monitoring and survey methods"),
    ("T3", "Threat mitigation"),
    ("T4", "Local capacity"),
    ("T5", "Awareness and community outreach"),
    ("T6", "Policy and national plans"),
)


def lay_out(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 -- historical models
    area, theme = apps.get_model("grants", "Area"), apps.get_model("grants", "Theme")
    for position, (slug, name) in enumerate(AREAS):
        area.objects.get_or_create(slug=slug, defaults={"name": name, "position": position})
    for position, (code, name) in enumerate(THEMES):
        theme.objects.get_or_create(code=code, defaults={"name": name, "position": position})


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0001_tables"),
        ("documents", "0002_frozen"),
        ("ledger", "0008_upkeep"),
    ]

    operations = [
        migrations.RunPython(lay_out, migrations.RunPython.noop),
    ]
