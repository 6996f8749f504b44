"""One person twice, imported bundles, who read what."""

from ventosa.web.addresses import PATIENT, TREATS
from ventosa.web.policy import route
from ventosa.web.views import audit, imports, records

routes = [
    route("patients/<uuid:patient>/same/", records.same, "same_person", TREATS),
    route("patients/<uuid:patient>/unmerge/", records.unmerge, "unmerge", TREATS),
    route("patients/<uuid:patient>/import/", imports.arrive, "import_record", TREATS),
    route("patients/<uuid:patient>/import/take/", imports.take, "import_take", TREATS),
    route("patients/new/from-record/", imports.arrive_new, "patient_from_record", TREATS),
    route("patients/new/from-record/enter/", imports.enter, "patient_from_record_enter", TREATS),
    route("patients/<uuid:patient>/access/", audit.access, "access", PATIENT),
]
