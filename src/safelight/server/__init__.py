"""HTTP: from bytes to a question or a command, and back."""
