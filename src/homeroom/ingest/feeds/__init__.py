"""Feeds: files of one kind that come again and again, fetched in time, with somebody told when it fails."""
