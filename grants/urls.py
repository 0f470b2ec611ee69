"""Addresses of granting."""

from django.urls import path

from grants.views import applying, public

app_name = "grants"

urlpatterns = [
    path("projects/", public.projects, name="projects"),
    path("projects/<slug:slug>/", public.project, name="project"),
    path("rounds/", public.rounds, name="rounds"),
    path("rounds/<slug:slug>/", public.round_call, name="round_call"),
    path("apply/", applying.apply, name="apply"),
    path("apply/rounds/<slug:slug>/", applying.apply_start, name="apply_start"),
    path("apply/<uuid:uuid>/", applying.apply_application, name="apply_application"),
    path("apply/<uuid:uuid>/save/", applying.apply_save, name="apply_save"),
    path("apply/<uuid:uuid>/autosave/", applying.apply_autosave, name="apply_autosave"),
    path("apply/<uuid:uuid>/withdraw/", applying.apply_withdraw, name="apply_withdraw"),
]
