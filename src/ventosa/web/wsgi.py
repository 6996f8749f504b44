"""The application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from ventosa.web.deployment import Deployment
from ventosa.web.proxied import Application, behind_proxy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ventosa.web.settings")
application: Application = get_wsgi_application()
if Deployment.of_environment().is_proxied:
    application = behind_proxy(application)

# Models exist once the application is made.
from django.urls import get_resolver  # noqa: E402

from ventosa.languages import languages  # noqa: E402
from ventosa.web import sealing  # noqa: E402
from ventosa.web.knowing import codes, library  # noqa: E402

# What every page needs is there before the first request, which would wait a second for it; and the
# collector does not go through it again and again while somebody waits.
for load in (library, codes, languages, lambda: get_resolver().url_patterns):
    load()
gc.collect()
gc.freeze()

# Only a process that serves seals the audit: not a command, and not a test.
sealing.start()
