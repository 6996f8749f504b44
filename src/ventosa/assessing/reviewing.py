"""What the practitioner looks at after the patient has answered alone."""

from dataclasses import dataclass

from ventosa.assessing.entries import PATIENT, RATHER_SAY, Entry, not_riskier_of
from ventosa.assessing.folding import Assessed, ToSay
from ventosa.contract.answers import write_value
from ventosa.knowledge.model import Knowledge
from ventosa.record import Conflict, Screening


@dataclass(frozen=True, slots=True)
class Review:
    """The patient's answers, sorted for the practitioner's eye.

    ``not_no`` are the answers that are not the milder one; ``open`` those that wait for a word;
    ``differing`` what the record says otherwise; ``rest`` the facts answered with the milder word.
    ``to_confirm`` are the keys of what was not confirmed yet.
    """

    not_no: tuple[Entry, ...]
    open: tuple[ToSay, ...]
    differing: tuple[Conflict, ...]
    rest: tuple[str, ...]
    to_confirm: tuple[str, ...]

    @property
    def is_due(self) -> bool:
        """Whether something that the patient said was not confirmed yet."""
        return bool(self.to_confirm)


def review(assessed: Assessed, screening: Screening, knowledge: Knowledge) -> Review:
    """Return what the practitioner reviews; a confirmation holds for the very entries it names."""
    not_no, rest, keys = [], [], dict[str, None]()
    for field, entry in assessed.current.items():
        kind, _, id = field.partition(":")
        if entry.said != PATIENT:
            continue
        if entry.key not in assessed.confirmed:
            keys[entry.key] = None
        if kind == "repeat":
            (not_no.append(entry) if entry.value == "yes" else rest.append(field))
        if kind != "fact" or entry.value is None or entry.value == RATHER_SAY:
            continue
        if entry.value == write_value(not_riskier_of(id, knowledge)):
            rest.append(id)
        else:
            not_no.append(entry)
    return Review(tuple(not_no), assessed.to_say, screening.conflicts, tuple(rest), tuple(keys))
