"""The application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ventosa.web.settings")
application = get_wsgi_application()

# Only a process that serves seals the audit: not a command, and not a test.
from ventosa.web import sealing  # noqa: E402 - models exist once the application is made

sealing.start()
