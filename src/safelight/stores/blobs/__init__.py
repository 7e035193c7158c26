"""Where originals and thumbnails lie: a folder, or an object store."""
