"""The outbox: a mail is a row until it has left, and a record afterwards."""
