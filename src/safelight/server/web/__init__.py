"""The pages that people see: templates, their style, and where they may send a browser."""
