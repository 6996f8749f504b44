"""Keeping a clinic alive: backups, restoring, updates, the lock, what the doctor looks at."""
