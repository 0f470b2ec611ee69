"""What is held on a person: told to them whole, kept as long as the law asks, and removed."""
