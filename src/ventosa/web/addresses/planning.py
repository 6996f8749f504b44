"""The plan of a visit."""

from ventosa.web.addresses import PATIENT, TREATS
from ventosa.web.policy import About, Policy, practises, route
from ventosa.web.views import cup_sets, plan

WHO_TREATS = Policy(practises, About.CLINIC)
"""Somebody who treats, about things of the clinic."""

routes = [
    route("visits/<uuid:visit>/plan/", plan.plan, "plan", PATIENT),
    route("visits/<uuid:visit>/plan/change/", plan.change, "plan_change", TREATS),
    route("visits/<uuid:visit>/plan/override/", plan.override, "plan_override", TREATS),
    route("visits/<uuid:visit>/plan/findings/<str:rule>/", plan.finding, "plan_finding", PATIENT),
    route("visits/<uuid:visit>/plan/set/", plan.keep_set, "plan_set", TREATS),
    route("visits/<uuid:visit>/plan/accept/", plan.accept, "plan_accept", TREATS),
    route("visits/<uuid:visit>/plan/print/", plan.plan_print, "plan_print", PATIENT),
    route("documents/<uuid:document>/again/", plan.again, "decided_again", PATIENT),
    route("cup-sets/", cup_sets.cup_sets, "cup_sets", WHO_TREATS),
    route("cup-sets/<uuid:cup_set>/", cup_sets.cup_set, "cup_set", WHO_TREATS),
]
