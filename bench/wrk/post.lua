local here = debug.getinfo(1, "S").source:match("@(.*/)")
package.path = here .. "?.lua;" .. package.path
local common = require("common")

local template = [[{"attendanceEventCategoryDescriptor":"uri://ed-fi.org/AttendanceEventCategoryDescriptor#Tardy",
"eventDate":"20%02d-%02d-%02d","schoolReference":{"schoolId":%d},
"sessionReference":{"schoolId":%d,"schoolYear":2027,"sessionName":"Year"},
"studentReference":{"studentUniqueId":"B%07d"},"attendanceEventReason":"%d"}]]

function init(args) common.start(args) end
function request()
  local student = math.random(0, common.students - 1)
  local school = 900000 + student % 10
  local body = string.format(template, math.random(10, 25), math.random(12), math.random(28), school, school, student,
    math.random(1000000))
  return wrk.format("POST", "/data/v3/ed-fi/studentSchoolAttendanceEvents", common.header(), body)
end
