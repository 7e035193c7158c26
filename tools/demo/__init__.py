"""`python3 dev.py demo`: a server with something in it, and every protocol shown on it."""
