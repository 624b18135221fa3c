local here = debug.getinfo(1, "S").source:match("@(.*/)")
package.path = here .. "?.lua;" .. package.path
local common = require("common")

function init(args) common.start(args) end
function request() return wrk.format("GET", "/data/v3/ed-fi/studentSchoolAttendanceEvents?limit=500", common.header()) end
