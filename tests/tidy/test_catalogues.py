"""The catalogues that are read are those that were translated."""

from babel.messages.catalog import Catalog

from tests.words import catalogues

RENEW = "run `.venv/bin/python -m tests.words` and commit what it writes in locale/"


def test_every_compiled_catalogue_is_made_of_its_words() -> None:
    assert catalogues.languages()
    for language in catalogues.languages():
        made = catalogues.compiled(catalogues.read(language))
        assert catalogues.path(language, "mo").read_bytes() == made, f"{language}: {RENEW}"


def test_a_catalogue_that_was_not_compiled_is_noticed() -> None:
    one, other = Catalog(locale="sv"), Catalog(locale="sv")
    one.add("Give", "Ge")
    other.add("Give", "Skänk")
    assert catalogues.compiled(one) == catalogues.compiled(one)
    assert catalogues.compiled(one) != catalogues.compiled(other)


def test_words_are_found_in_templates_and_code() -> None:
    page = (
        "{% load i18n %}\n  {% translate 'Give' context 'verb' %}{{ _('Funds') }}\n"
        "{% blocktranslate trimmed count n=n %}\n    {{ n }} gift\n  {% plural %}{{ n }} gifts"
        "{% endblocktranslate %}"
    )
    assert list(catalogues.found("a.html", page)) == [
        ("Give", "verb"),
        ("Funds", None),
        (("%(n)s gift", "%(n)s gifts"), None),
    ]
    code = 'SAID = gettext_lazy("One. " "Two.")\nngettext("a", "b", n)\nname(_x, "no")'
    assert list(catalogues.found("a.py", code)) == [("One. Two.", None), (("a", "b"), None)]
