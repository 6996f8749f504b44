"""The pages a person reads: the plan with its drawing, and the sheet for the patient."""

from ventosa.page.plan import plan_page, plan_parts
from ventosa.page.words import PersonHead, PlanStanding, TechniqueWords

__all__ = ["PersonHead", "PlanStanding", "TechniqueWords", "plan_page", "plan_parts"]
