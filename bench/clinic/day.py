"""A busy day: practitioners who each do one thing every ten seconds, each with a patient."""

import http.client
import random
import statistics
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import ours

EVERY_SECONDS = 10.0
MIX = {
    "save": 40,
    "today": 10,
    "list": 5,
    "search": 10,
    "chart": 10,
    "large chart": 10,
    "assess": 13,
    "plan": 2,
}
"""How many of a hundred acts are which; a save holds eight answers, and after one the plan is
solved anew. The large chart is the one of 500 sessions."""


@dataclass
class Taken:
    """Milliseconds that each act took, and what went wrong."""

    by_act: dict[str, list[float]] = field(default_factory=lambda: {act: [] for act in MIX})
    wrong: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[float]:
        """Every act."""
        return [one for taken in self.by_act.values() for one in taken]


def percentile(taken: Iterable[float], share: float) -> float:
    """Return what so many are not longer than."""
    ordered = sorted(taken)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def median(taken: list[float]) -> float:
    """Return the middle one; of none nothing."""
    return statistics.median(taken) if taken else 0.0


class Practitioner:
    """One at work on a visit, on a connection that is kept open."""

    def __init__(self, port: int, number: int, own: dict[str, Any], large: dict[str, Any]) -> None:
        self.port, self.own = port, own
        self.chance = random.Random(number)
        self.acts = {
            **ours.acts_of(own),
            "large chart": ours.acts_of(large)["chart"],
            "plan": (f"/visits/{own['visit']}/plan/", None),
        }
        self.browser = ours.Browser(port, own["session"])

    def work(self, taken: Taken, end: float) -> None:
        """Do one thing every ten seconds until the end."""
        time.sleep(self.chance.uniform(0, EVERY_SECONDS))
        act = "today"
        while time.monotonic() < end:
            begun = time.perf_counter()
            try:
                self.do(act)
            except (OSError, AssertionError, http.client.HTTPException) as error:
                taken.wrong.append(f"{act}: {type(error).__name__} {error}"[:80])
                self.browser = ours.Browser(self.port, self.own["session"])
            taken.by_act[act].append((time.perf_counter() - begun) * 1000)
            act = self.chance.choices(list(MIX), list(MIX.values()))[0]
            time.sleep(max(0.0, EVERY_SECONDS - (time.perf_counter() - begun)))

    def do(self, act: str) -> None:
        """Do one act; what is said names the answer before it, as the page has it in sight."""
        if act != "save":
            self.browser.do(self.acts[act])
            return
        said = dict.fromkeys(self.chance.sample(sorted(self.own["nos"]), 7), False)
        said |= {"fact:height_cm": self.chance.randrange(150, 200)}  # the back is drawn anew
        entries, keys = [], self.own["keys"]
        for told, value in said.items():
            one = {"key": uuid.uuid4().hex, "field": told, "value": value, "saw": keys[told]}
            keys[told] = one["key"]
            entries.append(one)
        self.browser.say(self.own["visit"], entries)


def at_work(
    port: int, people: list[dict[str, Any]], large: dict[str, Any], seconds: float
) -> Taken:
    """What a day at work took."""
    taken = Taken()
    end = time.monotonic() + seconds
    working = [Practitioner(port, number, own, large) for number, own in enumerate(people)]
    threads = [threading.Thread(target=one.work, args=(taken, end)) for one in working]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken
