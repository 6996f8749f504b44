"""Arguments and options that several commands take."""

from pathlib import Path

import click

bundle = click.argument("bundle", required=False)
answers = click.option("--answers", metavar="FILE", help="Today's answers (JSON).")
on = click.option("--on", metavar="DATE", help="Day of the visit, as 2026-11-24; else today.")
stage = click.option(
    "--stage",
    type=click.Choice(["plan", "start"]),
    default="plan",
    show_default=True,
    help="plan: may it be planned? start: may this session begin?",
)
knowledge = click.option("--knowledge", metavar="DIR", help="Another knowledge folder.")
overlay = click.option(
    "--overlay",
    metavar="DIR",
    envvar="VENTOSA_OVERLAY",
    help="A clinic's own rules: used once they are proved to tighten only.",
)
examples = click.option(
    "--examples", metavar="DIR", help="Write the patients there, as answers for ventosa screen."
)
codes = click.option(
    "--codes",
    metavar="DIR",
    envvar="VENTOSA_CODES",
    default=lambda: str(default_codes_folder()),
    help="Folder with imported code lists.",
)

folder = click.option(
    "--folder",
    metavar="DIR",
    envvar="VENTOSA_CLINIC",
    default=lambda: str(default_codes_folder() / "clinic"),
    help="Where the clinic keeps everything.",
)
database = click.option(
    "--database",
    metavar="URL",
    envvar="VENTOSA_CLINIC_DATABASE",
    help="postgres://user@host/name; else SQLite in the folder.",
)


def default_codes_folder() -> Path:
    """Return where imported code lists are kept: the user's configuration folder."""
    return Path(click.get_app_dir("ventosa"))
