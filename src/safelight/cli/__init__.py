"""The command line: the server, and what its operator does beside it."""
