"""Renew every catalogue from the sources: `.venv/bin/python -m tests.words`."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "funding.settings")
    os.environ.setdefault("DEBUG", "1")
    django.setup()

    from tests.words import catalogues

    for language in catalogues.languages():
        catalogue = catalogues.renewed(language)
        po, mo = catalogues.path(language), catalogues.path(language, "mo")
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(catalogues.written(catalogue))
        mo.write_bytes(catalogues.compiled(catalogues.read(language)))
        number = len(catalogues.open_ones(catalogue))
        print(f"{po.relative_to(po.parents[3])}: {len(catalogue)} texts, {number} to do")
