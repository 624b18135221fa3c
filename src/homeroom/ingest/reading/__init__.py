"""From files to rows: what each file is, and its rows one after another in bounded memory."""
