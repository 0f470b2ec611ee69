"""Where things about a person stand in granting: what they asked for, said, sent and decided."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from funding.site.privacy import finders as f
from funding.site.privacy.holding import Holding
from grants import models as g

_DAY: Final = _("Day")
_NAME: Final = _("Name")
_MEMBER: Final = f.mine("member")
_STATE: Final = _("State")

HOLDINGS: Final = [
    Holding(
        g.Application,
        f.mine("applicant"),
        _("Your applications"),
        {"round": _("Round"), "project": _("Project"), "state": _STATE},
    ),
    Holding(
        g.CoApplicant,
        f.mine("person"),
        _("Applications that you joined"),
        {"since": _DAY, "application_id": _("Application"), "right": _("As")},
    ),
    Holding(
        g.CoInvitation,
        f.read("email"),
        _("Invitations to apply together"),
        {"created_at": _DAY, "application_id": _("Application")},
    ),
    Holding(
        g.DraftComment,
        f.mine("written_by"),
        _("What you said of drafts"),
        {"written_at": _DAY, "application_id": _("Application"), "words": _("Words")},
    ),
    Holding(
        g.Message,
        f.either(f.mine("author"), f.mine("application__applicant")),
        _("Messages about applications"),
        {"sent_at": _DAY, "application_id": _("Application"), "text": _("Words")},
    ),
    Holding(
        g.MessageReader,
        f.mine("person"),
        _("When you read messages about applications"),
        {"last_read_at": _DAY, "application_id": _("Application")},
    ),
    Holding(
        g.Remark,
        f.mine("author"),
        _("What you said to the committee"),
        {"sent_at": _DAY, "application_id": _("Application"), "text": _("Words")},
    ),
    Holding(
        g.RemarkReader,
        _MEMBER,
        _("What you read of the committee’s discussions"),
        {"application_id": _("Application"), "read_upto": _("As far as")},
    ),
    Holding(
        g.Referee,
        f.read("email"),
        _("Applications for which you were named as a referee"),
        {"asked_at": _DAY, "name": _NAME, "organisation": _("Organisation"), "words": _("Words")},
    ),
    Holding(
        g.StoredFile,
        f.mine("added_by"),
        _("Files that you sent"),
        {"name": _NAME, "moved_at": _DAY, "size": _("Bytes"), "state": _STATE},
    ),
    Holding(
        g.Declaration,
        _MEMBER,
        _("What interests you declared"),
        {"declared_at": _DAY, "interest": _("Answer"), "nature": _("Kind"), "words": _("Why")},
    ),
    Holding(
        g.Recusal, _MEMBER, _("Where you stepped out"), {"declared_at": _DAY, "reason": _("Why")}
    ),
    Holding(
        g.Expertise,
        _MEMBER,
        _("What you said you know well"),
        {"theme": _("Theme"), "country": _("Country")},
    ),
    Holding(
        g.Assignment,
        _MEMBER,
        _("What you were asked to review"),
        {"assigned_at": _DAY, "application_id": _("Application")},
    ),
    Holding(
        g.Review,
        _MEMBER,
        _("Your reviews"),
        {"saved_at": _DAY, "application_id": _("Application"), "reasons": _("Why")},
    ),
    Holding(
        g.Vote,
        _MEMBER,
        _("Your votes"),
        {"cast_at": _DAY, "item_id": _("Item"), "choice": _("Answer")},
    ),
    Holding(
        g.Objection,
        _MEMBER,
        _("Where you objected to an urgent vote"),
        {"made_at": _DAY, "motion_id": _("Motion"), "reason": _("Why")},
    ),
    Holding(
        g.Ratification,
        _MEMBER,
        _("What you answered for the accountable body"),
        {"made_at": _DAY, "motion_id": _("Motion"), "reason": _("Why")},
    ),
    Holding(
        g.BankDetails,
        f.mine("award__application__applicant"),
        _("Bank accounts for your awards"),
        {"holder": _NAME, "iban": _("Account")},
    ),
    Holding(
        g.Publication,
        f.mine("made_by"),
        _("What you said of showing reports"),
        {"made_at": _DAY, "sending_id": _("Report"), "kind": _STATE, "words": _("Why")},
    ),
    Holding(
        g.Agreement,
        f.mine("accepted_by"),
        _("Agreements that you accepted"),
        {"accepted_as": _NAME, "accepted_at": _DAY},
    ),
    Holding(
        g.AwardChange,
        f.mine("asked_by"),
        _("Changes to awards that you asked for"),
        {"reason": _("Why"), "accepted_as": _NAME, "asked_at": _DAY},
    ),
]
