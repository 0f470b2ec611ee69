"""Where allauth's sign-in meets this product: our mails, our limits, our factors."""

from typing import Any, ClassVar, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
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
# Lines on the page that follows. What is not among them, that page says itself.
SAID: Final[dict[str, Promise]] = {
    "account/messages/logged_out.txt": gettext_lazy("You have signed out."),
    "mfa/messages/totp_activated.txt": gettext_lazy("The app is added."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The app is taken off."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey is taken off."),
}


class Accounts(DefaultAccountAdapter):
    """Signing in and up."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "That is not the code of the newest mail. After five wrong tries it takes another one."
        ),
        "too_many_login_attempts": gettext_lazy(
            "That was typed wrong too often. Ask for another code; the old one no longer works."
        ),
        "rate_limited": gettext_lazy("That was too often in a short time. Wait some minutes."),
    }

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

    def send_account_already_exists_mail(self, email: str) -> None:
        """To the owner of an address that somebody signs up with again.

        allauth's own would name the page for a forgotten password, and there is none.
        """
        self.send_mail("account/email/account_already_exists", email, {})

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
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """A line on the next page, in our words."""
        del message_context
        words = message or SAID.get(message_template or "")
        if words:
            super().add_message(request, level, extra_tags=extra_tags, message=str(words))

    def is_reauthentication_required(self, *, app: str) -> bool:
        """One rule for our pages and allauth's: what this session proved in five minutes.

        Alone, allauth would ask again a second after a sign-in with both steps.
        """
        del app
        return not access.is_fresh(current.request)

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

    error_messages: ClassVar = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "That is not the code that the app shows now. It changes twice a minute, and each "
            "works once."
        ),
        "cannot_delete_authenticator": gettext_lazy(
            "You hold a role for the fund, so one app or passkey stays. Add another one first."
        ),
        "unverified_email": gettext_lazy("Confirm your address first."),
    }

    def encrypt(self, text: str) -> str:
        """Secrets are sealed before they are stored."""
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """And opened when a code is checked."""
        return factors.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of a person who holds a role."""
        return factors.may_remove(authenticator)


def factor_added(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_more: object
) -> None:
    """Whoever added an app or a passkey has just used it, so the session has shown it.

    Without this the page after enrolment would ask for the very code that was typed there.
    """
    if authenticator.type in factors.KINDS:
        record_authentication(
            request,
            user,
            method=access.FACTOR,
            id=authenticator.pk,
            type=authenticator.type,
            reauthenticated=True,
        )


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
