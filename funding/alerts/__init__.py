"""What those in charge must know: one open row for each cause, and how the rounds went."""
