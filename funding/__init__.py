"""The Django project and the money core. It knows nothing of donors or grants."""

# The same as in pyproject.toml, which the image does not hold; a backup says what made it.
VERSION = "0.1.0"
