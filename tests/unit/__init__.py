"""Fast checks of one room at a time; the folders mirror the source tree."""
