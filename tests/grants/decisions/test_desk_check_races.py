"""Goal: of two at once one check stands, one mail goes, and no motion loses its check."""

import threading

from django.db import connection, transaction

from funding.mail.models import Mail
from funding.users.models import Role
from grants import (
    desk_checks,
    motions,
)
from grants.models import (
    DeskCheck,
    Item,
    Motion,
)
from tests.grants.decisions.checking import checked, finding, first_checked
from tests.grants.payments.test_payment_races import together
from tests.people import make_person


def test_two_officers_and_two_chairs_at_once_leave_one_check_and_one_mail(committed: None) -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    other = make_person("pia@example.org", "Pia", Role.OFFICER)
    no = finding(wanted, result="refused")
    said = together(
        lambda: desk_checks.check(application_id=wanted.pk, finding=no, by=set_.pat),
        lambda: desk_checks.check(application_id=wanted.pk, finding=no, by=other),
    )
    assert said == ["done", "done"]
    row = DeskCheck.objects.get()
    said = together(*[lambda: desk_checks.confirm(check_id=row.pk, by=set_.dan)] * 2)
    assert said == ["done", "done"]
    assert Mail.objects.count() == 1


def test_a_motion_is_not_put_while_its_check_is_reopened(committed: None) -> None:
    set_ = first_checked()
    row = checked(set_)
    draft = set_.propose({0: 100_000})
    Item.objects.update(state="open")
    said = together(
        lambda: motions.put(motion_id=draft.pk, by=set_.dan),
        lambda: desk_checks.reopen(check_id=row.pk, why="x", by=set_.dan),
    )
    # What stands in a draft is in the committee's hands already.
    assert said == ["NotChecked", "done"]
    assert Motion.objects.get().state == "open"


def test_without_the_lock_both_would_find_no_check(committed: None) -> None:
    set_ = first_checked()
    barrier, found = threading.Barrier(2), []

    def look() -> None:
        try:
            with transaction.atomic():
                there = DeskCheck.objects.exists()
                barrier.wait()
                found.append(there)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [False, False]
    assert set_.applications
