"""One module a step. Each writes its tables out: what a step did never changes later."""
