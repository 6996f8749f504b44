"""The JSON that goes in and out: closed schemas, published with the program."""

from ventosa.contract.answers import AnswersJson, read_answers, write_answers
from ventosa.contract.reports import plan_exit, write_plan, write_screening

__all__ = [
    "AnswersJson",
    "plan_exit",
    "read_answers",
    "write_answers",
    "write_plan",
    "write_screening",
]
