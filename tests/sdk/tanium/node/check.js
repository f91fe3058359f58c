// Drives a running Tokenry's GraphQL gateway with graphql-request, and reads its schema with graphql, the reference
// implementation, as programs do that know no more of a gateway than its address.
//
// Takes TOKENRY_URL (https://127.0.0.1:PORT) and TOKENRY_ADMIN_PASSWORD (of the user `admin`) from the environment, and
// needs the server's certificate in NODE_EXTRA_CA_CERTS. Prints one line per check and exits 1 if any failed. It leaves
// the server as it found it.

import assert from "node:assert/strict";
import { buildClientSchema, getIntrospectionQuery, parse, validate } from "graphql";
import { ClientError, GraphQLClient } from "graphql-request";

const url = process.env.TOKENRY_URL.replace(/\/$/, "");
const trusted = "system_settings/by-name/api_token_trusted_ip_address_list";
const notes = `graphql ${Date.now()}`;

const now = "{ now }";
const mine = "{ myAPITokens { tokens { id created expiration lastUsed notes persona { name } trustedIPAddresses"
  + " tokenString } error { message retryable timedOut } } }";
const grant = "mutation Grant($input: APITokenGrantInput!) { apiTokenGrant(input: $input) { error { message }"
  + " token { id tokenString created expiration notes trustedIPAddresses persona { name } } } }";
const rotate = "mutation Rotate($tokenString: String!) { apiTokenRotate(input: { tokenString: $tokenString }) {"
  + " error { message } token { id tokenString expiration notes trustedIPAddresses } } }";
const revoke = "mutation Revoke($id: ID!) { apiTokenRevoke(input: { id: $id }) { error { message } } }";

// What each type has at least; a gateway may have more.
const fields = {
  Query: { myAPITokens: "APITokenQueryPayload!", now: "Time!" },
  Mutation: {
    apiTokenGrant: "APITokenGrantPayload!",
    apiTokenRotate: "APITokenRotatePayload!",
    apiTokenRevoke: "APITokenRevokePayload!",
  },
  APIToken: {
    created: "Time!", expiration: "Time!", id: "ID!", lastUsed: "Time!", notes: "String!", persona: "Persona",
    tokenString: "String", trustedIPAddresses: "[String!]!",
  },
  Persona: { name: "String!" },
  APITokenGrantInput: {
    expiresInDays: "Int", notes: "String", personaName: "String", trustedIPAddresses: "[String!]!",
  },
  APITokenRotateInput: { tokenString: "String!" },
  APITokenRevokeInput: { id: "ID!" },
  APITokenGrantPayload: { error: "SystemError", token: "APIToken" },
  APITokenRotatePayload: { error: "SystemError", token: "APIToken" },
  APITokenRevokePayload: { error: "SystemError" },
  APITokenQueryPayload: { error: "SystemError", tokens: "[APIToken!]" },
  SystemError: { message: "String", retryable: "Boolean", timedOut: "Boolean" },
};

const checks = [
  ["the schema can be read, has what clients use, and fits their requests", async (session) => {
    const schema = buildClientSchema(await gateway(session).request(getIntrospectionQuery()));
    for (const [type, wanted] of Object.entries(fields)) {
      const found = schema.getType(type)?.getFields();
      assert.ok(found, `no type ${type}`);
      const types = Object.keys(wanted).map((name) => [name, String(found[name]?.type)]);
      assert.deepEqual(Object.fromEntries(types), wanted, type);
    }
    for (const request of [now, mine, grant, rotate, revoke]) assert.deepEqual(validate(schema, parse(request)), []);
  }],

  ["a session is told the time, and who the session belongs to", async (session) => {
    assert.match((await gateway(session).request(now)).now, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal((await rest("GET", "session/current", session)).user.name, "admin");
  }],

  ["nobody, a foreign token and a bearer are refused with 401", async (session) => {
    await refused(new GraphQLClient(`${url}/plugin/products/gateway/graphql`));
    await refused(gateway(`token-${"0".repeat(58)}`));
    const headers = { Authorization: `Bearer ${session}` };
    await refused(new GraphQLClient(`${url}/plugin/products/gateway/graphql`, { headers }));
  }],

  ["a request that is not in the schema is an answer with errors, with 200", async (session) => {
    const error = await failure(gateway(session).request("{ noSuchThing }"));
    assert.equal(error.response.status, 200);
    assert.ok(error.response.errors[0].message, "no message");
    const missing = await failure(gateway(session).request(grant, { input: { notes } }));
    assert.equal(missing.response.status, 200);
  }],

  ["a token is granted, used, listed, rotated by itself and revoked by itself", async (session) => {
    const input = { notes, expiresInDays: 3, trustedIPAddresses: ["192.0.2.7", "198.51.100.0/24"] };
    const old = done((await gateway(session).request(grant, { input })).apiTokenGrant).token;
    assert.match(old.tokenString, /^token-[0-9a-f]{58}$/);
    assert.match(old.id, /^\d+$/);
    assert.equal(Date.parse(old.expiration) - Date.parse(old.created), 3 * 24 * 3600 * 1000);
    assert.deepEqual(old.trustedIPAddresses, input.trustedIPAddresses);

    const listed = done((await gateway(old.tokenString).request(mine)).myAPITokens).tokens;
    const found = listed.find((token) => token.id === old.id);
    assert.equal(found.notes, notes);
    assert.ok(listed.every((token) => token.tokenString === null), "a list shows strings");

    const variables = { tokenString: old.tokenString };
    const turned = done((await gateway(old.tokenString).request(rotate, variables)).apiTokenRotate).token;
    assert.notEqual(turned.id, old.id);
    assert.notEqual(turned.tokenString, old.tokenString);
    assert.deepEqual([turned.notes, turned.trustedIPAddresses], [notes, input.trustedIPAddresses]);
    await refused(gateway(old.tokenString));

    const again = (await gateway(session).request(rotate, variables)).apiTokenRotate;
    assert.ok(again.error.message, "a dead token was rotated");
    assert.equal(again.token, null);

    done((await gateway(turned.tokenString).request(revoke, { id: turned.id })).apiTokenRevoke);
    await refused(gateway(turned.tokenString));
    const twice = (await gateway(session).request(revoke, { id: turned.id })).apiTokenRevoke;
    assert.ok(twice.error.message, "a dead token was revoked");
  }],

  ["a persona that is not there makes no token", async (session) => {
    const input = { notes, personaName: "nobody-here", trustedIPAddresses: [] };
    const { error, token } = (await gateway(session).request(grant, { input })).apiTokenGrant;
    assert.ok(error.message, "no message");
    assert.equal(token ?? null, null);
  }],
];

function gateway(session) {
  return new GraphQLClient(`${url}/plugin/products/gateway/graphql`, { headers: { session } });
}

async function rest(method, path, session, body) {
  const answer = await fetch(`${url}/api/v2/${path}`, {
    method, headers: session ? { session } : {}, body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${method} ${path}: ${text}`);
  return JSON.parse(text).data;
}

function done(payload) {
  assert.equal(payload.error, null);
  return payload;
}

async function failure(promise) {
  const error = await promise.then(() => null, (reason) => reason);
  assert.ok(error instanceof ClientError, `not refused by the server: ${error}`);
  return error;
}

async function refused(client) {
  assert.equal((await failure(client.request(now))).response.status, 401);
}

const admin = { username: "admin", password: process.env.TOKENRY_ADMIN_PASSWORD };
const { session } = await rest("POST", "session/login", null, admin);
const { value: before } = await rest("GET", trusted, session);
await rest("PATCH", trusted, session, { value: "127.0.0.1,::1" });
let failed = 0;
for (const [title, run] of checks) {
  try {
    await run(session);
    console.log(`ok    graphql ${title}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  graphql ${title}\n${error.stack}`);
  }
}
for (const token of await rest("GET", "api_tokens", session)) {
  if (token.notes === notes) await rest("DELETE", `api_tokens/${token.id}`, session);
}
await rest("PATCH", trusted, session, { value: before });
await rest("POST", "session/logout", session, { session });
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
