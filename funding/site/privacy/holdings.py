"""Where things about a person stand, table by table: the one list of them.

What a person is told, and what is removed of them, follows this list. `fields.py` names every
column that can say something about somebody; a test holds that no column is forgotten there and
that no table with such a column is forgotten here.
"""

from typing import Final

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from donors import models as d
from funding.audit.models import Record
from funding.documents.models import Document
from funding.gateway.models import Event
from funding.imports.models import Row
from funding.mail.models import Attachment, Mail
from funding.parties.models import Membership
from funding.site.models import DigestShare, FollowedPaper, InboxMail
from funding.site.privacy import finders as f
from funding.site.privacy import granting
from funding.site.privacy.holding import Holding
from funding.users.models import FactorReset, InboxChoice, Term, User

_DAY: Final = _("Day")
_NAME: Final = _("Name")
_STATE: Final = _("State")
_SUM: Final = _("Sum")
_MAIL: Final = _("E-mail address")
_STRIPE: Final = _("Known to Stripe as")


HOLDINGS: Final = [
    Holding(
        User,
        f.mine("pk"),
        _("Your account"),
        {"email": _MAIL, "name": _NAME, "joined_at": _("Since"), "last_login": _("Signed in last")},
        frozenset({"password"}),
    ),
    Holding(
        EmailAddress,
        f.mine("user"),
        _("Addresses of your account"),
        {"email": _MAIL, "verified": _("Confirmed")},
    ),
    Holding(
        EmailConfirmation,
        f.mine("email_address__user"),
        _("Confirmations under way"),
        {"sent": _DAY},
        frozenset({"key"}),
    ),
    Holding(
        Authenticator,
        f.mine("user"),
        _("Your second steps"),
        {"type": _("Kind"), "created_at": _("Since"), "last_used_at": _("Used last")},
        frozenset({"data"}),
    ),
    Holding(FactorReset, f.mine("user"), _("Second steps that were lost"), {"asked_at": _DAY}),
    Holding(
        Term,
        f.mine("user"),
        _("What you are for the fund"),
        {"role": _("Role"), "starts_on": _("From"), "ends_on": _("To")},
    ),
    Holding(
        InboxChoice,
        f.mine("user"),
        _("How you want your inbox"),
        {"zone": _("Your place on the clock"), "is_mailed": _("By e-mail"), "chosen_at": _DAY},
    ),
    Holding(
        InboxMail,
        f.mine("user"),
        _("Days on which your inbox was looked into for a mail"),
        {"day": _DAY, "is_mailed": _("By e-mail")},
        frozenset({"seen"}),
    ),
    Holding(
        Membership,
        f.mine("user"),
        _("Organisations that you act for"),
        {"organisation": _("Organisation"), "part": _("As"), "since": _("Since")},
    ),
    Holding(
        d.Invitation,
        f.either(f.read("email"), f.mine("accepted_by")),
        _("Invitations to organisations"),
        {"email": _MAIL, "created_at": _DAY},
    ),
    Holding(
        d.Zoo,
        f.read("finance_email"),
        _("Organisations whose invoices go to you"),
        {"organisation": _("Organisation"), "finance_name": _NAME},
        frozenset({"billing_address", "created_by"}),
    ),
    Holding(
        d.EmailChange,
        f.mine("user"),
        _("Changes of your address"),
        {"asked_at": _DAY, "state": _STATE},
    ),
    Holding(
        d.Donor,
        f.givers("pk"),
        _("You as a donor"),
        {
            "name": _NAME,
            "email": _MAIL,
            "language": _("Language"),
            "postal_address": _("Your address, for the post"),
            "created_at": _("Since"),
            "stripe_customer": _STRIPE,
        },
    ),
    Holding(
        d.Consent,
        f.givers("donor"),
        _("What you agreed to"),
        {"recorded_at": _DAY, "is_given": _("Agreed"), "wording": _("To")},
    ),
    Holding(
        d.Gift,
        f.givers("donor"),
        _("Your gifts"),
        {
            "created_at": _DAY,
            "amount_minor": _("Given"),
            "state": _STATE,
            "donor_name": _("Name on the receipt"),
            "message": _("Your words"),
            "method": _("Paid with"),
            "payment_intent": _STRIPE,
        },
    ),
    Holding(
        d.GiftLine,
        f.givers("gift__donor"),
        _("What each gift was for"),
        {"gift_id": _("Gift"), "fund": _("Fund"), "amount_minor": _("Given")},
    ),
    Holding(
        d.Tribute,
        f.givers("gift__donor"),
        _("In whose honour you gave"),
        {"honoree": _NAME, "words": _("Your words"), "to_email": _("Card to"), "card": _STATE},
    ),
    Holding(
        d.PledgeTribute,
        f.givers("pledge__donor"),
        _("In whose honour you give regularly"),
        {"honoree": _NAME, "words": _("Your words"), "to_email": _("Card to")},
    ),
    Holding(
        d.PublicName,
        f.either(f.givers("gift__donor"), f.givers("pledge__donor")),
        _("Names that stand in public"),
        {"gift_id": _("Gift"), "name": _NAME, "is_shown": _("Shown"), "barred_why": _("Why not")},
    ),
    Holding(
        d.PublicNameChange,
        f.either(f.givers("public_name__gift__donor"), f.givers("public_name__pledge__donor")),
        _("What was done with these names"),
        {"made_at": _DAY, "step": _("What"), "old_name": _("Before"), "new_name": _("After")},
    ),
    Holding(
        d.MatchedGift,
        f.givers("line__gift__donor"),
        _("What zoos added to your gifts"),
        {"matched_at": _DAY, "amount_minor": _SUM, "pool_id": _("Promise")},
    ),
    Holding(
        d.Receipt,
        f.givers("gift__donor"),
        _("Receipts of your gifts"),
        {"gift_id": _("Gift"), "document_id": _("Document"), "state": _STATE},
    ),
    Holding(
        d.Statement,
        f.givers("donor"),
        _("Your statements"),
        {"begins_on": _("From"), "ends_on": _("To"), "document_id": _("Document")},
    ),
    Holding(
        FollowedPaper,
        f.givers("donor"),
        _("Papers on where your gifts went"),
        {"begins_on": _("From"), "ends_on": _("To"), "document_id": _("Document")},
    ),
    Holding(DigestShare, f.givers("donor"), _("News that you were mailed"), {"ended_at": _DAY}),
    Holding(
        d.YearEndShare,
        f.givers("donor"),
        _("Statements of a whole year"),
        {"statement_id": _("Document")},
    ),
    Holding(
        Document,
        f.papers,
        _("Documents with a number"),
        {"name": _("Number"), "issued_on": _DAY, "state": _STATE},
    ),
    Holding(
        d.Refund,
        f.givers("gift__donor"),
        _("Given back to you"),
        {"created_at": _DAY, "amount_minor": _SUM, "state": _STATE},
    ),
    Holding(
        d.HeldGift,
        f.givers("gift__donor"),
        _("Gifts that a person looked at first"),
        {"held_at": _DAY, "gift_id": _("Gift"), "reasons": _("Why"), "state": _STATE},
    ),
    Holding(
        d.HeldVerdict,
        f.givers("held__gift__donor"),
        _("What was decided on them"),
        {"proposed_at": _DAY, "verdict": _("Decided"), "reason": _("Why"), "state": _STATE},
    ),
    Holding(
        d.Dispute,
        f.givers("gift__donor"),
        _("Disputes with your bank"),
        {"opened_at": _DAY, "amount_minor": _SUM, "status": _STATE},
    ),
    Holding(
        d.EvidenceFile, f.givers("dispute__gift__donor"), _("Papers for your bank"), {"name": _NAME}
    ),
    Holding(
        d.Withdrawal,
        f.givers("gift__donor"),
        _("Taken back by your bank"),
        {"happened_at": _DAY, "amount_minor": _SUM},
    ),
    Holding(
        d.EarlyWarning,
        f.givers("gift__donor"),
        _("Warnings by your bank"),
        {"stripe_id": _STRIPE, "fraud_type": _("Kind")},
    ),
    Holding(
        d.Pledge,
        f.givers("donor"),
        _("Your regular gifts"),
        {
            "created_at": _DAY,
            "amount_minor": _("Given"),
            "rhythm": _("Rhythm"),
            "fund": _("Fund"),
            "state": _STATE,
            "method": _("Paid with"),
            "customer": _STRIPE,
        },
    ),
    Holding(
        d.EarlierPledge,
        f.givers("donor"),
        _("Regular gifts that you gave through another system"),
        {
            "taken_at": _DAY,
            "amount_minor": _("Given"),
            "rhythm": _("Rhythm"),
            "fund": _("Fund"),
            "donor_name": _NAME,
            "state": _STATE,
            "method": _("Paid with"),
            "reference": _("Number"),
        },
    ),
    Holding(
        d.Instalment,
        f.givers("pledge__donor"),
        _("Instalments of your regular gifts"),
        {"due_on": _DAY, "amount_minor": _SUM, "state": _STATE},
    ),
    Holding(
        d.PledgeChange,
        f.givers("pledge__donor"),
        _("Changes of your regular gifts"),
        {"created_at": _DAY, "kind": _("Kind"), "state": _STATE},
    ),
    Holding(
        d.Declaration,
        f.givers("donor"),
        _("Your Gift Aid declarations"),
        {
            "given_on": _DAY,
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "house": _("House"),
            "postcode": _("Postcode"),
            "wording": _("Your words"),
        },
    ),
    Holding(
        d.ClaimLine,
        f.givers("gift__donor"),
        _("Gift Aid claimed for your gifts"),
        {"given_on": _DAY, "gift_id": _("Gift")},
    ),
    Holding(
        d.Overclaim, f.givers("line__gift__donor"), _("Gift Aid given back"), {"noticed_on": _DAY}
    ),
    Holding(
        d.Origin,
        f.either(f.givers("gift__donor"), f.givers("pledge__donor")),
        _("Where your forms came from, scrambled and kept for five weeks"),
        {"created_at": _DAY},
    ),
    Holding(
        d.RefusedCard,
        f.either(f.givers("origin__gift__donor"), f.givers("origin__pledge__donor")),
        _("Cards that banks refused, scrambled and kept for five weeks"),
        {"charge": _STRIPE},
    ),
    Holding(
        d.Merge,
        f.either(f.givers("kept"), f.givers("gone")),
        _("Brought together with another entry"),
        {"merged_at": _DAY, "why": _("Why")},
    ),
    Holding(
        d.BankPart,
        f.bank_parts,
        _("What of a bank's lines is yours"),
        {"target": _("Gift"), "amount_minor": _SUM},
    ),
    Holding(
        d.BankLine,
        f.bank_lines,
        _("Lines of bank statements"),
        {
            "booked_on": _DAY,
            "amount_minor": _SUM,
            "payer_name": _NAME,
            "payer_iban": _("Account"),
            "text": _("Words"),
        },
    ),
    Holding(
        Row,
        f.typed_rows,
        _("Rows of tables that were taken in"),
        {"values": _("Words")},
        frozenset({"error"}),
    ),
    Holding(
        Mail,
        f.read("to_address"),
        _("Mails to you"),
        {"queued_at": _DAY, "subject": _("Subject"), "state": _STATE},
        frozenset({"html"}),
    ),
    Holding(Attachment, f.read("mail__to_address"), _("Files in these mails"), {"name": _NAME}),
    Holding(
        Event,
        f.events,
        _("What Stripe told us"),
        {"received_at": _DAY, "kind": _("Kind"), "object_id": _STRIPE},
    ),
    *granting.HOLDINGS,
    Holding(
        Record,
        f.log,
        _("What was done by you or with you"),
        {"at": _DAY, "action": _("What"), "subject": _("With")},
    ),
]
