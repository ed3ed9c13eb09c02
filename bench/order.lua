-- wrk: orders for one hot product, every request with a phone of its own.
local bodies, n = {}, 4096
local pattern = '{"exhibition_code":"%s","customer_name":"홍길동","customer_phone":"010-%04d-%04d",'
    .. '"items":[{"product_id":%s,"quantity":1}]}'
local next_one = 0

function init(args)
    math.randomseed(os.time() + tonumber(tostring(bodies):match("0x(%x+)"), 16) % 100000)
    local headers = { ["Content-Type"] = "application/json" }
    for i = 1, n do
        local body = string.format(pattern, args[1] or "aaa", math.random(1000, 9999), math.random(0, 9999), args[2] or "1")
        bodies[i] = wrk.format("POST", "/api/orders", headers, body)
    end
end

function request()
    next_one = next_one % n + 1
    return bodies[next_one]
end
