"""Every column that can say something about a person, by table; and those that cannot.

A column of text, a file or a relation to a person that stands in neither list fails a test, so
that nobody adds one without saying what becomes of it. What is said about a person is told to
them by `holdings.py` and removed by `erasures.py`.
"""

from typing import Final

# Columns that hold a code, a state, a sum's currency, an id of ours or of Stripe's, or the id of
# whoever did something, in whatever table they stand.
CODES: Final = frozenset(
    """
    action asked_by added_by balance_transaction bank_sha256 begun_by bic category cause charge
    checkout code content_type country currency customer decided_by declared_by digest ended_by
    entered_by entry_key failure_transaction gathered_by intent_by invited_by invoice item key
    kind language made_by merged_by message_id network_code object_id payment_intent placed_by
    product rate recorded_by requested_by sent_by sent_currency series sha256 slug source
    started_by stripe_customer stripe_id subject subscription target template undone_by
    value_currency verify_code zone accepted_by actor api_version created_by closed_by
    cancelled_by case_type fraud_type granted_by mandate mandate_reference order_number began_by
    opened_by stopped_by kept_by paused_why
    barred_by
    """.split()
)

# Said about a person: who they are, what they wrote, what was written of them.
SPEAKING: Final[dict[str, str]] = {
    "account.EmailAddress": "user email",
    "account.EmailConfirmation": "key",
    "admin.LogEntry": "user object_repr change_message",
    "audit.Record": "actor subject",
    "documents.Document": "snapshot content",
    "donors.BankLine": "payer_name payer_iban text reference",
    "donors.Consent": "donor",
    "donors.Declaration": "donor title first_name last_name house postcode wording",
    "donors.Dispute": "evidence intent_why refused_why error",
    "donors.Donor": "name email postal_address merged_into",
    "donors.EarlierPledge": "donor donor_name method reference",
    "donors.EarlyWarning": "decided_why",
    "donors.EmailChange": "user donor old_email new_email error",
    "donors.EvidenceFile": "name content",
    "donors.Gift": "donor donor_name message method reference benefit_words ended_why "
    "checkout_url error",
    "donors.HeldVerdict": "reason",
    "donors.Instalment": "pay_url trouble",
    "donors.Invitation": "email accepted_by",
    "donors.Merge": "kept gone why",
    "donors.Origin": "address email device error",
    "donors.Pledge": "donor donor_name message method checkout_url error",
    "donors.PledgeTribute": "honoree words to_name to_email",
    "donors.PledgeChange": "before after checkout_url error",
    "donors.PublicName": "name barred_why",
    "donors.PublicNameChange": "old_name new_name why",
    "donors.Receipt": "error",
    "donors.RefusedCard": "card",
    "donors.Refund": "reason reference error",
    "donors.Statement": "donor error",
    "donors.Tribute": "honoree words to_name to_email to_hash ended_why",
    "donors.YearEndShare": "donor",
    "donors.Zoo": "finance_name finance_email",
    "gateway.Event": "payload error",
    "grants.Agreement": "accepted_by accepted_as",
    "grants.Application": "applicant",
    "grants.Assignment": "member",
    "grants.AwardChange": "asked_by accepted_as",
    "grants.BankDetails": "holder iban account_number entered_by",
    "grants.CoApplicant": "person",
    "grants.CoInvitation": "email",
    "grants.Declaration": "member words flags",
    "grants.DraftComment": "written_by words",
    "grants.Expertise": "member",
    "grants.Message": "author text",
    "grants.MessageReader": "person",
    "grants.Objection": "member",
    "grants.Publication": "made_by",
    "grants.Ratification": "member",
    "grants.Recusal": "member reason",
    "grants.Remark": "author text",
    "grants.RemarkReader": "member",
    "grants.Referee": "name organisation relation email words",
    "grants.Review": "member",
    "grants.StoredFile": "name added_by",
    "grants.Vote": "member",
    "imports.Row": "values key error",
    "mail.Attachment": "name content",
    "mail.Mail": "to_address to_name reply_to subject text html stop_url error",
    "mfa.Authenticator": "user data",
    "parties.Membership": "user",
    "sessions.Session": "session_data session_key",
    "site.DigestShare": "donor",
    "site.Erasure": "user subject donors users addresses error",
    "site.FollowedPaper": "donor error",
    "site.DataCopy": "user subject for_machines for_readers error",
    "users.FactorReset": "user reason asked_by done_by",
    "site.InboxMail": "user seen",
    "users.InboxChoice": "user",
    "users.Term": "user",
    "users.User": "email name password",
}

# About the fund, a body, a project, or the work of an office; and why it may stay.
PLAIN: Final[dict[str, str]] = {
    "admin.LogEntry": "object_id",
    "alerts.Alert": "sentence page closed_why",
    "alerts.Round": "name error",
    "audit.Record": "facts",
    "auth.Group": "name",
    "auth.Permission": "name codename",
    "contenttypes.ContentType": "app_label model",
    "documents.Document": "error",
    "documents.Gap": "why",
    "donors.CostProposal": "reason proposed_by",
    "donors.StatementSpan": "number taken_by",
    "donors.AcceptanceTerms": "words set_by",
    # Codes of why it was held, such as "limit"; the words that were looked at are on the gift.
    "donors.HeldGift": "reasons",
    "donors.HeldVerdict": "proposed_by",
    # A claim's reference is the tax office's; the lines lead to declarations.
    "donors.Claim": "reference",
    "donors.ClaimPayment": "reference",
    "donors.Contribution": "wish",
    "donors.Dispute": "status reason",
    "donors.Episode": "segment",
    "donors.EvidenceFile": "field",
    "donors.Invoice": "reference forgiven_why cancelled_why",
    "donors.BankPart": "undone_why",
    "donors.MatchCredit": "words",
    "donors.Merge": "moved error",
    "donors.PayInto": "holder bank iban",
    # A keyed hash by which a stranger is left in peace; it tells nobody an address.
    "donors.UnwantedCards": "to_hash",
    "donors.YearEnd": "error",
    "donors.Consent": "wording",
    "donors.Zoo": "legal_name vat_number billing_address logo",
    "gateway.Cursor": "name",
    "gateway.Movement": "balance_type error",
    "gateway.Payout": "failure",
    "gateway.Resolution": "reason proposed_by",
    # What a body asked for and what was decided on it is the record of the decision.
    "grants.Application": (
        "local_currency methods minimum_reason saved_in typed submitted decline_reason"
    ),
    # Members by their numbers, applications by theirs; why an amount was set by hand.
    "grants.Agreement": "facts sha256 drawn_up_by accepted_sha256 countersigned_by",
    "grants.Allocation": "frozen sha256 changes made_by",
    "grants.Anchor": "sentence",
    "grants.Area": "name",
    "grants.Award": "error",
    "grants.AwardBudget": "made_by",
    # Why what was agreed on was changed, and by whom it was looked at, is the record of the money.
    "grants.AwardChange": "reason facts words accepted_sha256 approved_by confirmed_by",
    "grants.AwardLine": "category what reason",
    "grants.BankDetails": "bank_name",
    # Why somebody else was asked; what members think of an application stands behind its decision.
    "grants.Assignment": "ended_why",
    "grants.BlankForm": "content",
    "grants.BudgetLine": "what local_currency",
    "grants.Cancellation": "reason",
    "grants.Completion": "reasons typed saved_in asked_by",
    "grants.Condition": "question otherwise",
    "grants.Closing": "note closed_by",
    "grants.CostLimit": "category",
    "grants.CountryRule": "policy licence reason proposed_by confirmed_by",
    "grants.Criterion": "name question",
    # What an applicant was told and who told them: the record of the decision.
    "grants.DeclineLetter": "feedback improve written_by",
    # Why an application passed or was refused, and who looked: the record of the decision.
    "grants.DeskCheck": "items facts sentence checked_by confirmed_by ended_why",
    "grants.Disbursement": "purpose checked_by released_by declined_why bank_reference",
    # The bytes of files, which StoredFile names, and which go with its name.
    "grants.FilePiece": "content",
    # What givers of a fund laid down stands behind every award that it paid.
    "grants.FundScope": "countries themes projects words reason written_by",
    "grants.Fulfilment": "words met_by",
    "grants.Item": "reason",
    "grants.ListedName": "reference name keys",
    "grants.Lottery": "seed sha256",
    "grants.Mark": "comment",
    "grants.Motion": "text urgent_why put_by frozen error",
    "grants.Objection": "reason",
    "grants.Pack": "error",
    # What stands elsewhere, put together for an auditor and let go after 30 days.
    "grants.PackPiece": "content",
    # Of work and not of people; whom one turns to is part of what was sent.
    "grants.Permit": "what number authority",
    "grants.Safeguard": "animals people community contact",
    # Why a report is not shown.
    "grants.Publication": "words",
    "grants.Project": "title summary province",
    "grants.Ratification": "reason",
    "grants.Return": "reference",
    "grants.Review": "saved_in reasons advice correction",
    "grants.Report": "typed",
    "grants.ReportLine": "what why",
    "grants.ReportPhoto": "content small sha256 shows taken_by",
    "grants.ReportSending": "facts sha256 words answered_by sent_by",
    "grants.Round": "name call criteria checklist",
    # Printed in the minute, which is kept.
    "grants.Ruling": "sentence ruled_by",
    "grants.Schedule": "made_by",
    "grants.SanctionsList": "name",
    "grants.Screening": "names list_name note found",
    # What was sent is the record of what was asked, as the application itself is.
    "grants.Submission": "facts",
    "grants.TakeOver": "reference instalments",
    # For what it was sent; and the fingerprint of what was sent.
    "grants.StoredFile": "place sent_sha256",
    "grants.Theme": "name",
    "grants.Tranche": "words",
    "grants.WriteOff": "reason proposed_by agreed_by",
    # The file itself goes as soon as its rows are read.
    "imports.Import": "name content options headers mapping said error",
    "ledger.Account": "name",
    "ledger.Fund": "name purpose surplus",
    "ledger.Opening": "reason proposed_by",
    "ledger.Period": "name",
    "ledger.Transfer": "reason proposed_by ground",
    "mail.Pause": "why",
    "parties.Entity": "legal_name registration_number address signatory_name signatory_role "
    "cosignatory_name cosignatory_role contact_email logo giving_prefix org_identifier",
    "parties.Organisation": "name registration_number website",
    "recovery.Restore": "file version",
    "site.Digest": "error",
    "site.Erasure": "waits_for restored",
    "site.FundReport": "error",
    "site.Kept": "ground",
    # Said of a project; whoever can be recognised in a picture has agreed to it.
    "site.NewsItem": "picture small credit",
    "site.NewsStep": "told",
    "site.NewsWords": "title text alt",
    "site.Reconciliation": "balances differences",
}
