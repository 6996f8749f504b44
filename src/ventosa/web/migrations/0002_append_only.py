"""Clinical rows are append-only: the database itself refuses to change or delete them."""

from typing import Any

from django.db import migrations

TABLES = (
    "document",
    "signature",
    "mistake",
    "entry",
    "encounter",
    "merge",
    "unmerge",
    "blob",
    "emergencyaccess",
    "seal",
    "auditseen",
)
"""Tables whose rows are never changed or deleted."""

REFUSAL = "append-only: a later row says what became of this one"


def refuse(apps: Any, editor: Any) -> None:
    """Make the database refuse changes and deletions."""
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            _refuse(editor, f"clinic_{table}", act, None)
    # A row of the audit changes once: when it is sealed.
    _refuse(editor, "clinic_auditrow", "DELETE", None)
    _refuse(editor, "clinic_auditrow", "UPDATE", "OLD.seal IS NOT NULL OR NEW.seal IS NULL")


def _refuse(editor: Any, table: str, act: str, when: str | None) -> None:
    name = f"{table}_no_{act.lower()}"
    condition = f"WHEN ({when})" if when else ""
    if editor.connection.vendor == "sqlite":
        editor.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    else:
        editor.execute(
            "CREATE OR REPLACE FUNCTION clinic_append_only() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        editor.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW {condition} "
            "EXECUTE FUNCTION clinic_append_only()"
        )


def allow(apps: Any, editor: Any) -> None:
    """Take the refusals away, for a migration that goes back."""
    for table in (*TABLES, "auditrow"):
        for act in ("update", "delete"):
            on = "" if editor.connection.vendor == "sqlite" else f" ON clinic_{table}"
            editor.execute(f"DROP TRIGGER IF EXISTS clinic_{table}_no_{act}{on}")


class Migration(migrations.Migration):
    """After the tables, their guards."""

    dependencies = [("clinic", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow, elidable=False)]
