"""`python3 dev.py bench`: what a check of each credential costs, against the bare server."""
