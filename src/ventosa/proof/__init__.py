"""The rules, handed to a solver: what can never happen, to anybody."""
