"""Words everyone uses; knows nothing of schools."""
