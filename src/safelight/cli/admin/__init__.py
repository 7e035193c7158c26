"""The operator's commands, one module a noun. They work beside a running server."""
