"""Settings, people, signing in."""

from ventosa.web.addresses import OWNER, SELF
from ventosa.web.policy import route
from ventosa.web.views import settings

routes = [
    route("settings/", settings.index, "settings", OWNER),
    route("you/", settings.me, "me", SELF),
]
