"""The page of somebody who treats."""

from ventosa.web.addresses import CLINIC
from ventosa.web.policy import route
from ventosa.web.views import practitioners

routes = [
    route("practitioners/<uuid:membership>/", practitioners.practitioner, "practitioner", CLINIC),
]
