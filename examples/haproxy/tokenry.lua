-- HAProxy's question to Tokenry (HAProxy 2.5 and later, with Lua and its own client for HTTP: nothing else to install).
--
-- Adds the action lua.tokenry_verify. It sets txn.tokenry_ok, txn.tokenry_status and, for every header below,
-- txn.tokenry_<name>; haproxy.cfg does the rest. Change the address of the gate ([gate] listen):

local URL = "http://127.0.0.1:8088/v1/verify"

-- HAProxy 2.6 tries four times, so that the longest wait is four times this.
local TIMEOUT_MS = 500

-- What Tokenry says about who it is, and why not.
local COPIED = {
  "x-tokenry-subject", "x-tokenry-user-id", "x-tokenry-persona", "x-tokenry-persona-id",
  "x-tokenry-token-id", "x-tokenry-audience", "x-tokenry-scope", "x-tokenry-assertion",
}
local RELAYED = { "www-authenticate", "retry-after" }

-- Headers are tables that begin at 0.
local function first(headers, name)
  local lines = headers and headers[name]
  return lines and (lines[0] or lines[1])
end

local function count(lines)
  local found = 0
  for _ in pairs(lines or {}) do found = found + 1 end
  return found
end

local function keep(txn, headers, names)
  for _, name in ipairs(names) do
    local value = first(headers, name)
    if value then txn:set_var("txn.tokenry_" .. name:gsub("x%-tokenry%-", ""):gsub("-", "_"), value) end
  end
end

core.register_action("tokenry_verify", { "http-req" }, function(txn)
  -- Until Tokenry has said otherwise: nothing could be decided.
  txn:set_var("txn.tokenry_ok", false)
  txn:set_var("txn.tokenry_status", 503)

  local request = txn.http:req_get_headers()
  local credentials = count(request["authorization"])
  if credentials > 1 then
    txn:set_var("txn.tokenry_status", 400)
    return
  end
  local headers = {
    ["x-forwarded-method"] = { txn.f:method() },
    ["x-forwarded-uri"] = { txn.f:pathq() },
    ["x-forwarded-host"] = { first(request, "host") or "" },
    ["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" },
    ["x-forwarded-for"] = { txn.f:src() },
    -- Where the gate asks for a secret ([[gate.callers]] secret_file):
    -- ["x-tokenry-caller-secret"] = { "…" },
  }
  if credentials == 1 then headers["authorization"] = { first(request, "authorization") } end

  local answer = core.httpclient():get{ url = URL, headers = headers, timeout = TIMEOUT_MS }
  if not answer or not answer.status or answer.status == 0 then return end
  txn:set_var("txn.tokenry_status", answer.status)
  keep(txn, answer.headers, RELAYED)
  if answer.status == 200 then
    keep(txn, answer.headers, COPIED)
    txn:set_var("txn.tokenry_ok", true)
  end
end, 0)
