"""Files that somebody brings: staged row by row, checked, and taken in whole or not at all."""
