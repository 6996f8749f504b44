"""Who of a clinic read the consent texts of a language, and signed them off."""

from importlib import import_module
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import ventosa.web.ids

_refuse = import_module("ventosa.web.migrations.0002_append_only")._refuse


def refuse(apps: Any, editor: Any) -> None:
    """Make the database refuse changes and deletions."""
    for act in ("UPDATE", "DELETE"):
        _refuse(editor, "clinic_languagesignoff", act, None)


def allow(apps: Any, editor: Any) -> None:
    """Take the refusals away, for a migration that goes back."""
    on = "" if editor.connection.vendor == "sqlite" else " ON clinic_languagesignoff"
    for act in ("update", "delete"):
        editor.execute(f"DROP TRIGGER IF EXISTS clinic_languagesignoff_no_{act}{on}")


def belongs_to(model: str) -> Any:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=f"clinic.{model}"
    )


class Migration(migrations.Migration):
    dependencies = [("clinic", "0005_emergency_seen")]

    operations = [
        migrations.CreateModel(
            name="LanguageSignOff",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ventosa.web.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("sha256", models.CharField(max_length=64)),
                ("read_by", models.CharField(max_length=120)),
                ("training", models.CharField(max_length=200)),
                ("on", models.DateField()),
                ("at", models.DateTimeField()),
                ("author", belongs_to("membership")),
                ("clinic", belongs_to("clinic")),
            ],
            options={"abstract": False},
        ),
        migrations.RunPython(refuse, allow, elidable=False),
    ]
