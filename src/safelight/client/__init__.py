"""The client library: signs in to each photo service, and stays signed in."""
