"""Pages of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """Everybody may."""
    return render(request, "site/home.html")
