"""Fetch in scope, call the core, call an action, present."""
