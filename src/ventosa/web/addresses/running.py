"""What a program asks that watches the clinic."""

from ventosa.web.policy import PUBLIC, route
from ventosa.web.views import health

routes = [route("health/", health.health, "health", PUBLIC)]
