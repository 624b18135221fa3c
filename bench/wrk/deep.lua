local here = debug.getinfo(1, "S").source:match("@(.*/)")
package.path = here .. "?.lua;" .. package.path
local common = require("common")

local token
function init(args)
  common.start(args)
  token = common.lines(common.folder .. "/deep.txt")[1]
end
function request()
  local path = "/data/v3/ed-fi/studentSchoolAttendanceEvents?pageSize=500&pageToken=" .. token
  return wrk.format("GET", path, common.header())
end
