"""The giving form: what a visitor may write, and the wish that comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from donors import earlier_pledges
from donors.fees import LIMITS, cover_for
from donors.forms import amounts, parts
from donors.forms.aid import FIELDS as AID
from donors.forms.aid import AidForm
from donors.forms.names import NameForm
from donors.forms.tributes import FIELDS as TRIBUTE
from donors.forms.tributes import TributeForm, one_line
from donors.giftaid.declarations import is_on, wording
from donors.gifts import Wish
from donors.models import Rhythm, Scope
from donors.pledges import Promise
from funding.documents import paper
from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse, symbol

CURRENCIES: Final = {
    "EUR": pgettext_lazy("currency", "Euro (EUR)"),
    "GBP": pgettext_lazy("currency", "Pound sterling (GBP)"),
    "USD": pgettext_lazy("currency", "US dollar (USD)"),
    "SEK": pgettext_lazy("currency", "Swedish krona (SEK)"),
    "NOK": pgettext_lazy("currency", "Norwegian krone (NOK)"),
    "DKK": pgettext_lazy("currency", "Danish krone (DKK)"),
    "CHF": pgettext_lazy("currency", "Swiss franc (CHF)"),
    "JPY": pgettext_lazy("currency", "Japanese yen (JPY)"),
}

ONCE: Final = "once"
RHYTHMS: Final[list[tuple[str, Any]]] = [(ONCE, gettext_lazy("Once")), *Rhythm.choices]


@dataclass(frozen=True, slots=True)
class Tile:
    """One suggested amount, as a radio button."""

    amount: Money
    value: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Tiles:
    """The suggested amounts in one currency; only the chosen currency's are shown."""

    currency: str
    is_shown: bool
    tiles: tuple[Tile, ...]

    @property
    def is_long(self) -> bool:
        """Whether the amounts need wider tiles: 'SEK 1,000'."""
        return len(symbol(self.currency)) > 1


class GiveForm(NameForm, AidForm, TributeForm):
    """One gift, once or regularly. Errors are sentences; whatever was typed is shown again."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    # The gift that the visitor came back from, when the payment page was left.
    again = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # What leads to the regular gift of the system before that this one goes on with.
    earlier = forms.CharField(widget=forms.HiddenInput, required=False)
    # The currency of the amounts that were on show: without scripts they stay as they are
    # when another currency is chosen, and "25" must not quietly become 25 of something else.
    shown = forms.ChoiceField(widget=forms.HiddenInput, choices=[(c, c) for c in LIMITS])
    rhythm = forms.ChoiceField(
        required=False,
        choices=RHYTHMS,
        error_messages={"invalid_choice": gettext_lazy("Choose how often.")},
    )
    choice = forms.CharField(required=False, max_length=20)
    amount = forms.CharField(required=False, max_length=40)
    currency = forms.ChoiceField(
        choices=list(CURRENCIES.items()),
        error_messages={
            "required": gettext_lazy("Choose a currency from the list."),
            "invalid_choice": gettext_lazy("Choose a currency from the list."),
        },
    )
    fund = forms.ChoiceField(
        error_messages={
            "required": gettext_lazy("Choose a fund."),
            "invalid_choice": gettext_lazy(
                "Choose one of these funds. That one takes no gifts now."
            ),
        },
    )
    name = forms.CharField(
        max_length=200,
        error_messages={
            "required": gettext_lazy("Write your name, as it is to stand on the receipt."),
            "max_length": gettext_lazy("Write a name of at most 200 characters."),
        },
    )
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": gettext_lazy("Write your e-mail address. The receipt is sent there."),
            "invalid": gettext_lazy("Write an e-mail address such as name@example.org."),
        },
    )
    cover = forms.BooleanField(required=False)
    message = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea,
        error_messages={"max_length": gettext_lazy("Write at most 500 characters.")},
    )
    news = forms.BooleanField(required=False)
    confirm = forms.BooleanField(required=False)

    def __init__(
        self,
        funds: Sequence[Fund],
        sent: QueryDict | None = None,
        *,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(sent, initial=initial)
        self.funds = {fund.slug: fund for fund in funds}
        self._of(forms.ChoiceField, "fund").choices = [(f.slug, f.name) for f in funds]
        if len(funds) > 1:
            for fund in funds:
                self.fields[parts.PREFIX + fund.slug] = forms.CharField(
                    required=False, max_length=40
                )
        self.fields["fund"].required = not self.is_split

    def _of[T: forms.Field](self, kind: type[T], name: str) -> T:
        field = self.fields[name]
        assert isinstance(field, kind)
        return field

    def clean_name(self) -> str:
        """The name on one line, without characters that cannot be seen."""
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean_message(self) -> str:
        """The message with its lines, without characters that cannot be seen."""
        lines = self.cleaned_data["message"].splitlines()
        return "\n".join(one_line(line) for line in lines).strip()

    def clean(self) -> dict[str, Any]:
        """Read the amount: what was written counts, else the choice above it."""
        data = super().clean()
        if data.get("gift_aid"):
            self._check_aid(data)
        if currency := data.get("currency"):
            try:
                data["money"] = self._read_amount(currency)
            except MoneyError as error:
                self.add_error("amount", amounts.said(error))
            except forms.ValidationError as error:
                self.add_error("amount", error)
        if self.is_split and "money" in data:
            try:
                self._read_parts(data["money"])
            except MoneyError as error:
                self.add_error("fund", amounts.said(error))
            except forms.ValidationError as error:
                self.add_error("fund", error)
        return data

    def _check_aid(self, data: dict[str, Any]) -> None:
        fund = self.funds.get(data.get("fund", ""))
        if (data.get("rhythm") or ONCE) != ONCE and data["gift_aid"] == Scope.ONE:
            text = _("A regular gift is many gifts. Declare Gift Aid for all your gifts.")
            self.add_error("gift_aid", text)
        elif fund is not None and not is_on(fund.entity):
            text = _("%s does not claim Gift Aid.") % fund.entity.legal_name
            self.add_error("gift_aid", text)

    @property
    def takes_aid(self) -> bool:
        """Whether one of the funds belongs to a body that claims Gift Aid."""
        return bool(self.aid_words)

    @property
    def aid_words(self) -> list[tuple[str, str]]:
        """What each choice declares, word for word as it is stored, for each body that claims."""
        bodies = {fund.entity_id: fund.entity for fund in self.funds.values()}
        claiming = [body for body in bodies.values() if is_on(body)]
        return [
            (label, wording(body, Scope(value)))
            for body in claiming
            for value, label, _is_chosen in self.scopes
            if value
        ]

    def _read_parts(self, whole: Money) -> None:
        """What goes to which fund, where something is written beside them."""
        written = {slug: self.cleaned_data.get(parts.PREFIX + slug, "") for slug in self.funds}
        lines = parts.read(written, whole)
        if len({self.funds[slug].entity_id for slug in lines}) > 1:
            raise forms.ValidationError(
                _("These funds belong to different bodies. Give to each by itself.")
            )
        self.cleaned_data["lines"] = lines

    def _read_amount(self, currency: str) -> Money:
        written, chosen = self.cleaned_data.get("amount"), self.cleaned_data.get("choice")
        if not written and chosen and self.cleaned_data.get("shown") != currency:
            raise forms.ValidationError(
                _("The amounts on show were in another currency. Choose again: these are in %s.")
                % currency
            )
        if not (written or chosen):
            raise forms.ValidationError(_("Choose an amount, or write one."))
        amount, limit = parse(written or chosen or "", currency), LIMITS[currency]
        if amount < limit.minimum:
            text = _("The smallest gift by card is %s.") % limit.minimum.text(paper.locale())
            raise forms.ValidationError(text)
        if limit.maximum < amount:
            text = _("By card we take up to %s at a time. For a larger gift, write to us.")
            raise forms.ValidationError(text % limit.maximum.text(paper.locale()))
        return amount

    def wish(self) -> Wish:
        """What a valid form asks for."""
        data, fund = self.cleaned_data, self.chosen_fund
        amount: Money = data["money"]
        lines = data.get("lines") or {fund.slug: amount.minor}
        return Wish(
            token=data["token"],
            entity_id=fund.entity_id,
            lines=tuple((self.funds[slug].pk, minor) for slug, minor in lines.items()),
            currency=amount.currency,
            cover_minor=cover_for(amount).minor if data["cover"] else 0,
            name=data["name"],
            email=data["email"],
            shown=self.public_name(),
            message=data["message"],
            news=data["news"],
            language=(get_language() or "en")[:8],
            tribute=self.dedication(),
            aid=(Scope(data["gift_aid"]), self.taxpayer()) if data["gift_aid"] else None,
        )

    def promise(self, rhythm: Rhythm) -> Promise:
        """What a valid form promises, in this rhythm."""
        wish = self.wish()
        earlier = earlier_pledges.of_form(self.cleaned_data["earlier"])
        return Promise(
            token=wish.token,
            entity_id=wish.entity_id,
            fund_id=wish.lines[0][0],
            rhythm=rhythm,
            currency=wish.currency,
            amount_minor=wish.amount_minor,
            cover_minor=wish.cover_minor,
            name=wish.name,
            email=wish.email,
            shown=wish.shown,
            message=wish.message,
            news=wish.news,
            language=wish.language,
            lines=wish.lines if len(wish.lines) > 1 else (),
            tribute=wish.tribute,
            aid=wish.aid[1] if wish.aid else None,
            continues_id=earlier.pk if earlier else None,
        )

    @property
    def rhythms(self) -> list[tuple[str, str, bool]]:
        """Every rhythm with its words, and whether it is chosen; once where nothing is."""
        value = str(self["rhythm"].value() or ONCE)
        chosen = value if value in dict(RHYTHMS) else ONCE
        return [(each, label, each == chosen) for each, label in RHYTHMS]

    @property
    def chosen_rhythm(self) -> Rhythm | None:
        """The rhythm of a valid form; None for once."""
        value = self.cleaned_data["rhythm"]
        return Rhythm(value) if value in Rhythm.values else None

    @property
    def chosen_fund(self) -> Fund:
        """The fund of a valid form; the first of several."""
        first = next(iter(self.cleaned_data.get("lines", ())), self.cleaned_data["fund"])
        return self.funds[first]

    @property
    def parts(self) -> list[parts.Part]:
        """Every fund with the field beside it and what is written there."""
        return parts.beside(self, self.funds)

    @property
    def is_split(self) -> bool:
        """Whether something is written beside a fund."""
        return any(part.value.strip() for part in self.parts)

    @property
    def shown_currency(self) -> str:
        """The currency whose amounts are on show."""
        value = str(self["currency"].value() or "EUR")
        return value if value in LIMITS else "EUR"

    @property
    def tiles(self) -> list[Tiles]:
        """The suggested amounts of every currency, with the visitor's choice marked."""
        shown, choice = self.shown_currency, self._choice_value()
        return [
            Tiles(
                currency,
                currency == shown,
                tuple(
                    Tile(each, each.plain(), currency == shown and each.plain() == choice)
                    for each in limit.suggested
                ),
            )
            for currency, limit in LIMITS.items()
        ]

    def _choice_value(self) -> str:
        if self["amount"].value() or (
            self.is_bound and self.data.get("shown") != self.shown_currency
        ):
            return ""
        return str(self["choice"].value() or "")

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Field and sentence of every mistake, from the top of the page down."""
        order = [
            "rhythm",
            "amount",
            "currency",
            "fund",
            "name",
            "email",
            "shown_name",
            *AID,
            *TRIBUTE,
            "message",
        ]
        named = [(name, str(error)) for name in order for error in self.errors.get(name, [])]
        if self.errors and not named:
            # Only a field that nobody sees is wrong, so the page itself is of no use any more.
            named = [("amount", _("The form was out of date. Look it over and send it again."))]
        return named

    @property
    def is_out_of_date(self) -> bool:
        """Whether a part that nobody sees is broken."""
        return bool({"token", "again", "earlier", "shown"} & set(self.errors))

    def renewed(self) -> None:
        """Give a bound form a token of its own, so that sending it again is another gift."""
        new = {"token": str(uuid4()), "again": ""} | dict.fromkeys(
            {"earlier"} & set(self.errors), ""
        )
        self.data = dict(self.data.items()) | new


def read_uuid(text: str) -> UUID | None:
    """A UUID from an address, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None
