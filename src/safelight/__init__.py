"""Safelight: one account behind four photo services' sign-in protocols."""

__version__ = "0.1.0"
