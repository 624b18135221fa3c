-- Who was merged? $1: the merger. At most one row: kind, unique ids of the one who stays and of the one who went.
select kind, kept, gone from matching.merger where id = $1::bigint
