"""What developers run through `dev.py`; not part of the installed program."""
