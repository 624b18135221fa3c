-- Notes an extension once its tables stand. $1: its project, $2: the text of its file. No row.
insert into trust.extension (project, definition)
values ($1::text, $2::text)
