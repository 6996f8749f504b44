"""The only writer: verbs with named arguments, atomic, the audit row inside."""
