"""What a clinic says once, and the people who work in it."""

from ventosa.web.addresses import OWNER
from ventosa.web.policy import route
from ventosa.web.things import BEDS, CUPS, PRICES, ROOMS, SITES, TEMPLATES
from ventosa.web.views import inviting, people, settings

routes = [
    route("settings/", settings.index, "settings", OWNER),
    route("settings/clinic/", settings.clinic, "settings_clinic", OWNER),
    route("settings/languages/", settings.languages, "settings_languages", OWNER),
    route("settings/keeping/", settings.keeping, "settings_keeping", OWNER),
    route("settings/places/", settings.places, "settings_places", OWNER),
    route("settings/cups/", settings.listed(CUPS), "settings_cups", OWNER),
    route("settings/cups/<uuid:cups>/", settings.changed(CUPS), "cups_change", OWNER),
    route("settings/cups/<uuid:cups>/end/", settings.ended(CUPS), "cups_end", OWNER),
    route("settings/prices/", settings.listed(PRICES), "settings_price", OWNER),
    route("settings/prices/<uuid:price>/", settings.changed(PRICES), "price_change", OWNER),
    route("settings/prices/<uuid:price>/end/", settings.ended(PRICES), "price_end", OWNER),
    route("settings/notes/", settings.listed(TEMPLATES), "settings_template", OWNER),
    route("settings/notes/<uuid:template>/", settings.changed(TEMPLATES), "template_change", OWNER),
    route("settings/notes/<uuid:template>/end/", settings.ended(TEMPLATES), "template_end", OWNER),
    route("settings/sites/new/", settings.placed(SITES), "site_new", OWNER),
    route("settings/sites/<uuid:site>/", settings.changed(SITES), "site_change", OWNER),
    route("settings/sites/<uuid:site>/end/", settings.ended(SITES), "site_end", OWNER),
    route("settings/sites/<uuid:site>/room/", settings.placed(ROOMS), "room_new", OWNER),
    route("settings/rooms/<uuid:room>/", settings.changed(ROOMS), "room_change", OWNER),
    route("settings/rooms/<uuid:room>/end/", settings.ended(ROOMS), "room_end", OWNER),
    route("settings/rooms/<uuid:room>/bed/", settings.placed(BEDS), "bed_new", OWNER),
    route("settings/beds/<uuid:bed>/", settings.changed(BEDS), "bed_change", OWNER),
    route("settings/beds/<uuid:bed>/end/", settings.ended(BEDS), "bed_end", OWNER),
    route("settings/people/", people.index, "settings_people", OWNER),
    route("settings/people/invite/", inviting.invite, "person_invite", OWNER),
    route("settings/invitations/<uuid:invitation>/back/", inviting.take_back, "invite_back", OWNER),
    route("settings/people/<uuid:membership>/", people.one, "person", OWNER),
    route("settings/people/<uuid:membership>/start/", people.start_link, "person_start", OWNER),
    route("settings/people/<uuid:membership>/paper/", people.paper, "paper_new", OWNER),
    route("settings/papers/<uuid:paper>/", people.paper_change, "paper_change", OWNER),
    route("settings/papers/<uuid:paper>/remove/", people.paper_remove, "paper_remove", OWNER),
    route("settings/access/", people.emergencies, "settings_access", OWNER),
    route("settings/access/<uuid:access>/seen/", people.emergency_seen, "emergency_seen", OWNER),
]
