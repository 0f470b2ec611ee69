"""The house rules as tests. Each rule is a function that lists complaints, and is shown to bite."""
