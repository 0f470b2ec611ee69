"""Goal: of two workers who look into one inbox on one morning, one mails."""

from django.core.cache import cache

from funding import clock
from funding.mail.models import Mail
from funding.site import inbox_mails
from funding.site.models import InboxMail
from tests.grants.payments.cast import stage
from tests.grants.payments.test_payment_races import together


def test_two_workers_at_once_mail_once(committed: None) -> None:
    cache.clear()
    set_ = stage()
    day = clock.today("UTC")
    said = together(
        lambda: inbox_mails.look(set_.pat, day), lambda: inbox_mails.look(set_.pat, day)
    )
    assert said == ["done", "done"]
    assert Mail.objects.filter(key__startswith=f"inbox:{set_.pat.pk}:").count() == 1
    assert InboxMail.objects.filter(user=set_.pat).count() == 1
