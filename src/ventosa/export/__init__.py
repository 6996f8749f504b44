"""The rules in other languages, so that others can run them."""
