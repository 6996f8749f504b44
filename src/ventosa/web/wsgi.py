"""The application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from ventosa.web.deployment import Deployment
from ventosa.web.proxied import Application, behind_proxy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ventosa.web.settings")
application: Application = get_wsgi_application()
if Deployment.of_environment().is_proxied:
    application = behind_proxy(application)

# Only a process that serves seals the audit: not a command, and not a test.
from ventosa.web import sealing  # noqa: E402 - models exist once the application is made

sealing.start()
