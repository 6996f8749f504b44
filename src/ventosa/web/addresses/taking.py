"""A record is taken along."""

from ventosa.web.addresses import TREATS
from ventosa.web.policy import route
from ventosa.web.views import taking

routes = [
    # The whole of a record leaves the clinic by the hand of somebody who treats.
    route("patients/<uuid:patient>/take/", taking.take, "take", TREATS),
    route("patients/<uuid:patient>/take/print/", taking.take_print, "take_print", TREATS),
]
