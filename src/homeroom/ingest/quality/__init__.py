"""What is odd about what came: profiles of columns, bands that stop a batch, rules across records, trends."""
