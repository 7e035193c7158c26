"""The longer proofs: bad input, forgeries, full disks, crashes, many requests at once."""
