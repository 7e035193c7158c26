"""Who there is: values and rules, no I/O."""
