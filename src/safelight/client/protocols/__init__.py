"""One module a protocol: the client's half of each. They share no wire constant with the server,
so that each side checks the other."""
