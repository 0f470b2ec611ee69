"""Translations: what givers read is complete in every language. `python -m tests.words` renews
the catalogues in `locale/` from the sources."""
