"""The addresses of the clinic by part; each declares who may open it and what it is about."""

from ventosa.web.policy import About, Policy, owns, practises, treats_or_assists, works_here

CLINIC = Policy(works_here, About.CLINIC)
OWNER = Policy(owns, About.CLINIC)
SELF = Policy(works_here, About.SELF)
PATIENT = Policy(treats_or_assists, About.PATIENT)
TREATS = Policy(practises, About.PATIENT)
"""The policies that most addresses share; others are declared beside their address."""
