-- Notes that nothing is left to do for an upgrade. No parameters.
delete from trust.setting where name = 'upgrade'
