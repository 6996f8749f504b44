"""An owner says that an emergency access was seen."""

from importlib import import_module
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import ventosa.web.ids

_refuse = import_module("ventosa.web.migrations.0002_append_only")._refuse


def refuse(apps: Any, editor: Any) -> None:
    """Make the database refuse changes and deletions."""
    for act in ("UPDATE", "DELETE"):
        _refuse(editor, "clinic_emergencyseen", act, None)


def allow(apps: Any, editor: Any) -> None:
    """Take the refusals away, for a migration that goes back."""
    on = "" if editor.connection.vendor == "sqlite" else " ON clinic_emergencyseen"
    for act in ("update", "delete"):
        editor.execute(f"DROP TRIGGER IF EXISTS clinic_emergencyseen_no_{act}{on}")


def belongs_to(model: str, name: str = "+") -> Any:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=name, to=f"clinic.{model}"
    )


class Migration(migrations.Migration):
    dependencies = [("clinic", "0004_people_twice")]

    operations = [
        migrations.CreateModel(
            name="EmergencySeen",
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
                ("at", models.DateTimeField()),
                (
                    "access",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seen",
                        to="clinic.emergencyaccess",
                    ),
                ),
                ("author", belongs_to("membership")),
                ("clinic", belongs_to("clinic")),
            ],
            options={"abstract": False},
        ),
        migrations.RunPython(refuse, allow, elidable=False),
    ]
