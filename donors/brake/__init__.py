"""The brake on card testing: whoever tries stolen cards on us is slowed, nobody else is.

Criminals try stolen card numbers on forms that take small sums. What gives them away is many
different cards that banks refuse, from one device, one e-mail address or one network, or from
everywhere at once. Then a mailed link has to be opened before the payment page.
"""
