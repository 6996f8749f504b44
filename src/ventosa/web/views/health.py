"""One word for a program that watches."""

from django.http import HttpRequest, JsonResponse

from ventosa.web.running.health import watch


def health(request: HttpRequest) -> JsonResponse:
    """Return ``ok`` or ``degraded``, and nothing of what is wrong: anybody may ask."""
    well = watch.is_well()
    return JsonResponse({"status": "ok" if well else "degraded"}, status=200 if well else 503)
