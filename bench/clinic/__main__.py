"""What the clinic costs: beside GNU Health on one server, alone at growing size, under load.

    make bench-clinic          everything, about half an hour
    .venv/bin/python bench/clinic --only compare|growth|load|rest [--patients N] [--seconds N]

Every part prints a table. Requests go to this machine only, and are counted and bounded.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parents[1] / folder) for folder in ("src", "tests"))]

import alone  # noqa: E402
import ours  # noqa: E402

from engines import USER, postgres  # noqa: E402


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def compare(patients: int, visits: int, times: int) -> None:
    """Ours beside GNU Health 5 on one PostgreSQL server, two workers each."""
    import compare as beside
    import peer as other

    if not (other.HERE / "bin" / "trytond-admin").exists():
        print("GNU Health is not installed: make bench-clinic installs it into build/gnuhealth")
        return
    with postgres() as where, tempfile.TemporaryDirectory() as folder:
        socket_folder = re.search(r"host=(\S+)", where)[1]  # type: ignore[index]
        database = ours.url_of(socket_folder, USER, "postgres")
        ours.prepared(Path(folder), database)
        here = ours.fill(patients, visits)
        session = ours.cookie()
        from ventosa.web.knowing import knowledge

        facts = [f.id for f in knowledge().facts.values() if f.riskier is True and not f.zone][:40]
        with (
            ours.served(Path(folder), database, 8702, 2),
            other.served(socket_folder, USER, 8701) as peer,
        ):
            there = beside.fill_peer(peer, patients, visits)
            browser = ours.Browser(8702, session)
            browser.get(f"/patients/{here['patient']}/")
            row("act", "ours, ms", "theirs, ms", "ratio")
            row("---", "---", "---", "---")
            for acts in (
                beside.charts(browser, peer, here, there, visits),
                beside.searches(browser, peer, here),
                beside.saves(browser, peer, here, there, facts),
            ):
                found = list(beside.alternating(acts, times).items())
                for (what, mine), (_, others) in zip(found[::2], found[1::2], strict=True):
                    row(
                        what.partition(":")[0],
                        f"{mine:.1f}",
                        f"{others:.1f}",
                        f"{mine / others:.2f}",
                    )


def each_database(patients: int, visits: int):
    """The clinic on each database, filled: its name, what is in it, how to serve it."""
    which = os.environ.get("BENCH_DATABASE", "sqlite")
    with tempfile.TemporaryDirectory() as folder, _server(which) as database:
        ours.prepared(Path(folder), database)
        here = ours.fill(min(patients, 100), visits)
        yield which, here, lambda workers: ours.served(Path(folder), database, 8702, workers)


@contextmanager
def _server(which: str):
    if which == "sqlite":
        yield None
        return
    with postgres() as where:
        socket_folder = re.search(r"host=(\S+)", where)[1]  # type: ignore[index]
        yield ours.url_of(socket_folder, USER, "postgres")


def growth() -> None:
    """Queries and time of each act at 100, 10,000 and 100,000 patients."""
    for which, here, served in each_database(100, 500):
        acts = ours.acts_of(here)
        row(which, *acts)
        row("---", *("---" for _ in acts))
        for patients in (100, 10_000, 100_000):
            alone.many(patients)
            counted = alone.queries(acts)
            with served(1):
                taken = alone.medians(8702, ours.cookie(), acts, 60)
            cells = [f"{counted[what]} queries, {taken[what]:.1f} ms" for what in acts]
            row(f"{patients:,} patients", *cells)


def load(seconds: float, people: int) -> None:
    """A hundred practitioners, each one act every ten seconds."""
    import day

    for which, here, served in each_database(100, 500):
        alone.many(2000)
        working = ours.practitioners(people)
        workers = 1 if which == "sqlite" else 2
        with served(workers):
            taken = day.at_work(8702, working, here, seconds)
        row(f"{which}, {workers} workers, {seconds:g} s", "acts", "median, ms", "p99, ms", "asked")
        row("---", "---", "---", "---", "---")
        for act, found in [("every act", taken.all), *taken.by_act.items()]:
            asked = "p99 500" if act == "every act" else ""
            middle, slow = day.median(found), day.percentile(found, 0.99)
            row(act, f"{len(found):,}", f"{middle:.0f}", f"{slow:.0f}", asked)
        row("errors", len(taken.wrong), *sorted(set(taken.wrong))[:3], "", "", "0")


def rest(requests: int) -> None:
    """Start, first page, memory at rest."""
    for which, here, served in each_database(100, 40):
        with served(1):
            pass
        with served(1) as seconds:
            session = ours.cookie()
            row(which, f"cold start {seconds:.2f} s")
            row(which, f"first page {alone.first_page(8702, session) / 1024:.0f} KB")
            found = alone.after_many_requests(8702, session, here, requests)
            for what, mb in sorted(found.items()):
                row(which, f"{what.partition(' ')[0]} after {requests:,} requests: {mb:.0f} MB")


def main() -> None:
    options = argparse.ArgumentParser(prog="bench/clinic")
    options.add_argument("--only", choices=["compare", "growth", "load", "rest"])
    options.add_argument("--patients", type=int, default=2000)
    options.add_argument("--visits", type=int, default=500)
    options.add_argument("--times", type=int, default=200)
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--practitioners", type=int, default=100)
    options.add_argument("--requests", type=int, default=10_000)
    order = options.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores", flush=True)
    match order.only:
        case "compare":
            compare(order.patients, order.visits, order.times)
        case "growth":
            growth()
        case "load":
            load(order.seconds, order.practitioners)
        case "rest":
            rest(order.requests)
        case None:
            _every_part(sys.argv[1:])


def _every_part(more: list[str]) -> None:
    """Each part in a process of its own: Django has one database a process."""
    for part, databases in (
        ("compare", ["postgres"]),
        ("growth", ["sqlite", "postgres"]),
        ("load", ["sqlite", "postgres"]),
        ("rest", ["sqlite"]),
    ):
        for database in databases:
            print(f"\n== {part}, {database}", flush=True)
            environment = {**os.environ, "BENCH_DATABASE": database}
            command = [sys.executable, str(HERE), "--only", part, *more]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
