"""Today, the register, the record of one patient."""

from ventosa.web.addresses import CLINIC, PATIENT
from ventosa.web.policy import PUBLIC, route
from ventosa.web.views import demo, patients, today

routes = [
    route("", today.today, "today", CLINIC),
    route("patients/", patients.index, "patients", PATIENT),
    route("patients/new/", patients.new, "patient_new", PATIENT),
    route("patients/alike/", patients.alike, "patients_alike", PATIENT),
    route("patients/<uuid:patient>/", patients.chart, "chart", PATIENT),
    route("patients/<uuid:patient>/details/", patients.details, "details", PATIENT),
    route("demo/<str:word>/", demo.enter, "demo", PUBLIC),
]
