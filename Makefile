# For fingers that type `make`: each target is the command of the same name in dev.py.
COMMANDS := demo test check rows bench prove docs lock

.PHONY: $(COMMANDS)
$(COMMANDS):
	@python3 dev.py $@ $(ARGS)
