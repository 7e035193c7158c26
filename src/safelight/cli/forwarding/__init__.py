"""Signing other programs' requests on their way: what `safelight run` and `safelight proxy` share.

`server.py` takes requests and sends them on as the account; a `Gate` (`gate.py`) decides which.
"""
