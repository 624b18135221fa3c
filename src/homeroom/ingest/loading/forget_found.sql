-- A batch is through: who its people are, is in the crosswalk alone. $1 batch. No row.
update matching.batch_people set found_sealed = null where batch = $1::bigint
