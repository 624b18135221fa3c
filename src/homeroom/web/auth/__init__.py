"""Who is asking: clients by token, people by session."""
