"""Where allauth's sign-in meets this product: our mails, our limits, our factors."""

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.shortcuts import render, resolve_url
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from funding import clock, limits
from funding.mail import codes, outbox
from funding.users import access, factors
from funding.users.models import User

# allauth's name of a mail -> which words of ours stand in it. Every other mail of allauth's
# belongs to a page that is not routed here, and is a mistake.
CODES: Final = {
    "account/email/login_code": "sign_in",
    "account/email/email_confirmation": "sign_in",
    "account/email/email_confirmation_signup": "sign_up",
    "account/email/account_already_exists": "known",
}
# What a person must hear of, because somebody else may have done it.
NOTICES: Final[dict[str, Promise]] = {
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added to your account."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was taken off."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added to your account."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was taken off your account."),
    "mfa/email/recovery_codes_generated": gettext_lazy(
        "New recovery codes were made. The old ones no longer work."
    ),
}
# The page that follows says it, or there is nothing to say.
SILENT: Final = frozenset(
    {
        "account/messages/login_code_sent.txt",
        "account/messages/email_confirmation_sent.txt",
        "account/messages/email_confirmed.txt",
        "account/messages/logged_in.txt",
    }
)


class Accounts(DefaultAccountAdapter):
    """Signing in and up."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail a code at once; a page says so when the mail server did not take it."""
        kind = CODES[template_prefix]
        request = current.request
        try:
            codes.send(
                cause="sign-in",
                to_address=email,
                to_name="",
                template="code",
                context={"kind": kind, "code": context.get("code", "")},
                language=get_language() or "en",
            )
        except codes.NotSent as error:
            page = render(request, "account/no_mail.html", status=503)
            raise ImmediateHttpResponse(page) from error

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the person by mail what was done to their ways in. The outbox sends it."""
        del context, email
        sentence = NOTICES.get(template_prefix)
        if sentence is None or not isinstance(user, User):
            return
        notify(user, str(sentence))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,  # noqa: ANN401 -- passed on as allauth gave it
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        """A line on the next page, unless that page says it anyway."""
        if message_template not in SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor as our own brakes count them."""
        return limits.address(request) or "unknown"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Those who hold a role go to what waits for them, others to their gifts."""
        return resolve_url("inbox" if access.held(request) else settings.LOGIN_REDIRECT_URL)

    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: Any,  # noqa: ANN401 -- allauth's sign-up form
        commit: bool = True,  # noqa: FBT001, FBT002 -- allauth's signature
    ) -> User:
        """A new person joins now, by our clock."""
        user.joined_at = clock.now()
        saved = super().save_user(request, user, form, commit=commit)
        assert isinstance(saved, User)
        return saved


class Factors(DefaultMFAAdapter):
    """Second factors."""

    def encrypt(self, text: str) -> str:
        """Secrets are sealed before they are stored."""
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """And opened when a code is checked."""
        return factors.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of a person who holds a role."""
        return factors.may_remove(authenticator)


def notify(user: User, sentence: str) -> None:
    """Queue one sentence about the safety of the person's account."""
    now = clock.now()
    outbox.queue(
        key=f"user:{user.pk}:notice:{now.timestamp():.6f}",
        cause=f"user:{user.pk}",
        to_address=user.email,
        to_name=user.name,
        template="notice",
        context={"sentence": sentence, "at": now},
        language=get_language() or "en",
    )
