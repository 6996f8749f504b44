"""The pages a person reads: the plan with its drawing, and the sheet for the patient."""

from ventosa.page.plan import plan_page, plan_parts
from ventosa.page.words import PersonHead, TechniqueWords

__all__ = ["PersonHead", "TechniqueWords", "plan_page", "plan_parts"]
