"""Every address of the clinic."""

from django.urls import URLPattern, URLResolver

from ventosa.web.addresses import (
    access,
    assessing,
    consenting,
    documents,
    letters,
    network,
    people,
    planning,
    practitioners,
    records,
    register,
    running,
    taking,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *register.routes,
    *assessing.routes,
    *planning.routes,
    *consenting.routes,
    *documents.routes,
    *letters.routes,
    *records.routes,
    *taking.routes,
    *access.routes,
    *people.routes,
    *practitioners.routes,
    *network.routes,
    *running.routes,
]

handler400 = "ventosa.web.views.faults.not_understood"
handler404 = "ventosa.web.views.faults.not_found"
handler403 = "ventosa.web.views.faults.not_allowed"
handler500 = "ventosa.web.views.faults.broken"
