-- wrk: the requests of a file, one a line (method, target, body; separated by tabs), in turn.
local requests, at = {}, 0

function init(args)
    for line in io.lines(args[1]) do
        local method, target, body = line:match("^(%S+)\t(%S+)\t(.*)$")
        local headers = body ~= "" and { ["Content-Type"] = "application/json" } or {}
        requests[#requests + 1] = wrk.format(method, target, headers, body ~= "" and body or nil)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
