"""What `safelight proxy` decides: which pages of which browsers may ask the service for what."""
