"""Where every address leads."""

from django.urls import path

from funding.site import views

urlpatterns = [
    path("", views.home, name="home"),
]
