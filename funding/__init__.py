"""The Django project and the money core. It knows nothing of donors or grants."""
