"""How a tablet comes to trust the clinic."""

from ventosa.web.policy import PUBLIC, route
from ventosa.web.views import network

routes = [
    route("trust/", network.trust, "trust", PUBLIC),
    route("trust/certificate/", network.certificate, "trust_certificate", PUBLIC),
    route("trust/profile/", network.profile, "trust_profile", PUBLIC),
]
