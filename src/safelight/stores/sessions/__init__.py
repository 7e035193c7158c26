"""Sessions, where they are kept."""
