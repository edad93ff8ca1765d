-- wrk: every request is another person, asking for a page or, with a nonce and a device of their own, answering.
local threads = 0
local run, me, count, asks = 0, 0, 0, false

function setup(thread)
  thread:set("me", threads)
  threads = threads + 1
end

function init(args)
  run = tonumber(args[1])
  asks = args[2] == "page"
  math.randomseed(run * 64 + me)
end

function request()
  if asks then
    return wrk.format("GET", nil, {["Accept-Encoding"] = "gzip"})
  end
  count = count + 1
  local nonce = string.format("%08x-%04x-4%03x-8000-%012x", math.random(0, 0xffffffff), run % 0x10000, me, count)
  local headers = {
    ["Accept-Encoding"] = "gzip",
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["Cookie"] = "device=" .. nonce,
  }
  return wrk.format("POST", nil, headers, "overall=5&content=4&age=18_59&suggestion=&nonce=" .. nonce)
end

function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end
