"""What could not be stored: kept sealed, shown, mended, and tried again."""
