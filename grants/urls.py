"""Addresses of granting."""

from django.urls import path

from grants.views import public

app_name = "grants"

urlpatterns = [
    path("projects/", public.projects, name="projects"),
    path("projects/<slug:slug>/", public.project, name="project"),
    path("rounds/", public.rounds, name="rounds"),
    path("rounds/<slug:slug>/", public.round_call, name="round_call"),
]
