"""Who receives: projects, rounds and applications; motions and votes; awards and payments."""

from grants.models.agreements import Agreement, AwardBudget, AwardLine
from grants.models.allocations import Allocation
from grants.models.applications import (
    Answer,
    Application,
    ApplicationState,
    BudgetLine,
    LineSource,
)
from grants.models.awards import (
    Award,
    AwardShare,
    AwardState,
    BankDetails,
    Disbursement,
    DisbursementState,
    Screening,
    ScreeningResult,
)
from grants.models.changes import OPEN_CHANGES, AwardChange, ChangeState
from grants.models.checks import OF_THE_DESK, CheckResult, DeskCheck, Refusal
from grants.models.coapplicants import CoApplicant, CoInvitation, DraftComment, Right
from grants.models.completions import Completion, CompletionState
from grants.models.declarations import Declaration, Interest, Nature, Ruling
from grants.models.discussions import Remark, RemarkReader
from grants.models.endings import Cancellation, Return
from grants.models.expertise import Expertise
from grants.models.files import Attachment, FileKind, FilePiece, FileState, StoredFile
from grants.models.letters import DeclineLetter
from grants.models.messages import Message, MessageReader
from grants.models.motions import (
    Choice,
    Item,
    ItemState,
    Motion,
    MotionState,
    Objection,
    Ratification,
    Recusal,
    Share,
    Vote,
)
from grants.models.packs import Pack, PackPiece, PackState
from grants.models.projects import Area, Project, Theme
from grants.models.publications import Publication, PublicationKind
from grants.models.referees import MOST_REFEREES, Referee
from grants.models.reports import (
    Closing,
    Report,
    ReportAnswer,
    ReportKind,
    ReportLine,
    ReportPhoto,
    ReportSending,
    WriteOff,
)
from grants.models.reviews import Assignment, Mark, Review
from grants.models.rounds import (
    TOP_MARK,
    Anchor,
    Condition,
    CostLimit,
    Criterion,
    Lottery,
    Round,
    RoundFund,
)
from grants.models.sanctions import CountryRule, ListedName, Policy, SanctionsList
from grants.models.schedules import Fulfilment, Schedule, Tranche, TrancheCondition
from grants.models.scopes import FundScope
from grants.models.sections import MOST_PERMITS, Permit, PermitState, Safeguard
from grants.models.submissions import BlankForm, Submission
from grants.models.takeovers import TakeOver

__all__ = [
    "MOST_PERMITS",
    "MOST_REFEREES",
    "OF_THE_DESK",
    "OPEN_CHANGES",
    "TOP_MARK",
    "Agreement",
    "Allocation",
    "Anchor",
    "Answer",
    "Application",
    "ApplicationState",
    "Area",
    "Assignment",
    "Attachment",
    "Award",
    "AwardBudget",
    "AwardChange",
    "AwardLine",
    "AwardShare",
    "AwardState",
    "BankDetails",
    "BlankForm",
    "BudgetLine",
    "Cancellation",
    "ChangeState",
    "CheckResult",
    "Choice",
    "Closing",
    "CoApplicant",
    "CoInvitation",
    "Completion",
    "CompletionState",
    "Condition",
    "CostLimit",
    "CountryRule",
    "Criterion",
    "Declaration",
    "DeclineLetter",
    "DeskCheck",
    "Disbursement",
    "DisbursementState",
    "DraftComment",
    "Expertise",
    "FileKind",
    "FilePiece",
    "FileState",
    "Fulfilment",
    "FundScope",
    "Interest",
    "Item",
    "ItemState",
    "LineSource",
    "ListedName",
    "Lottery",
    "Mark",
    "Message",
    "MessageReader",
    "Motion",
    "MotionState",
    "Nature",
    "Objection",
    "Pack",
    "PackPiece",
    "PackState",
    "Permit",
    "PermitState",
    "Policy",
    "Project",
    "Publication",
    "PublicationKind",
    "Ratification",
    "Recusal",
    "Referee",
    "Refusal",
    "Remark",
    "RemarkReader",
    "Report",
    "ReportAnswer",
    "ReportKind",
    "ReportLine",
    "ReportPhoto",
    "ReportSending",
    "Return",
    "Review",
    "Right",
    "Round",
    "RoundFund",
    "Ruling",
    "Safeguard",
    "SanctionsList",
    "Schedule",
    "Screening",
    "ScreeningResult",
    "Share",
    "StoredFile",
    "Submission",
    "TakeOver",
    "Theme",
    "Tranche",
    "TrancheCondition",
    "Vote",
    "WriteOff",
]
