"""How a claim becomes a principal, and how a principal gets a session."""
