local here = debug.getinfo(1, "S").source:match("@(.*/)")
package.path = here .. "?.lua;" .. package.path
local common = require("common")

local ids
function init(args)
  common.start(args)
  ids = common.lines(common.folder .. "/" .. args[3] .. ".txt")
end
function request()
  return wrk.format("GET", "/data/v3/ed-fi/studentSchoolAttendanceEvents/" .. ids[math.random(#ids)], common.header())
end
