-- What the scripts share: the folder with tokens and ids comes as the first argument.
local common = {}

function common.lines(path)
  local found = {}
  for line in io.lines(path) do found[#found + 1] = line end
  return found
end

function common.start(args)
  math.randomseed(os.time())
  common.folder = args[1]
  common.students = tonumber(args[2])
  common.tokens = common.lines(common.folder .. "/tokens.txt")
  common.headers = {}
  for number, token in ipairs(common.tokens) do
    common.headers[number] = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
  end
  common.turn = 0
end

function common.header()
  common.turn = common.turn % #common.headers + 1
  return common.headers[common.turn]
end

return common
