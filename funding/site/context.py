"""What every page needs to know."""

from django.http import HttpRequest


def every_page(request: HttpRequest) -> dict[str, object]:
    """Facts for the masthead and the foot."""
    return {"path": request.path}
