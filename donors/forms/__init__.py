"""What people may write: parsed and checked for shape here, judged by the rules."""
