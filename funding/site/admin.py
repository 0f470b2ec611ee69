"""Every table, to be read by administrators. Nothing can be changed here.

What may happen to a row is said by the rule that owns it and done on that rule's pages; an
editable copy of the table beside them would go round every one of them.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import BinaryField, Field, Model, TextField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from funding.users import access
from funding.users.models import Role

APPS: Final = ("users", "parties", "ledger", "donors", "grants", "documents", "mail", "audit")
# What opens an account, and the bytes of papers and mails, are shown nowhere.
HIDDEN: Final = frozenset({"password", "content", "text", "html", "iban", "account_number"})


if TYPE_CHECKING:
    _Table = ModelAdmin[Model]
else:
    # Generic for the type checker only.
    _Table = ModelAdmin


class Office(AdminSite):
    """Django's admin behind our own door: the role, and the second factor in this session."""

    site_header = site_title = "Manul Fund"
    index_title = "Every table, to read"
    site_url = "/inbox/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Administrators, in a session that has shown its second factor."""
        return request.user.is_active and access.may(request, Role.ADMINISTRATOR)

    def admin_view(
        self,
        view: Callable[..., Any],
        cacheable: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
    ) -> Any:  # noqa: ANN401
        """Every page of the office stands behind the same door as our own pages."""
        return access.role(Role.ADMINISTRATOR)(super().admin_view(view, cacheable))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is no sign-in of its own: to ours, to the second step, or nowhere."""
        del extra_context
        page = access.role(Role.ADMINISTRATOR)(_home)
        response = page(request)
        assert isinstance(response, HttpResponse)
        return response


class Shown(_Table):
    """One table, to read."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns of the table, short ones first."""
        del request
        return [field.name for field in self._columns() if not isinstance(field, TextField)][:9]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """All columns but the hidden ones."""
        del request, obj
        return [field.name for field in self._columns()]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the office itself."""
        del obj
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As the office itself."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody adds here."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes here."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes here."""
        del request, obj
        return False

    def _columns(self) -> Iterable["Field[Any, Any]"]:
        return [
            field
            for field in self.model._meta.concrete_fields
            if field.name not in HIDDEN and not isinstance(field, BinaryField)
        ]


def _home(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponseRedirect("/admin/")


office = Office(name="admin")


def register_tables() -> None:
    """Show every table of ours. Called once all apps are there."""
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            if not office.is_registered(model):
                office.register(model, Shown)


register_tables()
