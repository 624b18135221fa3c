"""Files come in: taken once each, kept sealed as they came, and made a batch."""
