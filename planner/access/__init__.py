"""Who may do what on the desk: people, sessions, roles, refusals, in a database of its own."""
