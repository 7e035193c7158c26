"""Looking at pictures and making smaller ones: the darkroom."""
