// Drives a running Tokenry with oauth4webapi, a strict client: finds it by its issuer (RFC 8414), introspects (RFC 7662)
// with both ways to authenticate, has an answer signed and checks it with the published keys (RFC 9701), and revokes
// (RFC 7009).
//
// Takes from the environment: TOKENRY_URL (https://127.0.0.1:PORT, also the issuer), TOKENRY_ADMIN_PASSWORD,
// TOKENRY_CLIENT and TOKENRY_CLIENT_SECRET (a caller of the gate who may introspect), and the server's certificate in
// NODE_EXTRA_CA_CERTS. Prints one line per check and exits 1 if any failed.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";

const url = process.env.TOKENRY_URL;
const issuer = new URL(url);
const secret = process.env.TOKENRY_CLIENT_SECRET;
const client = { client_id: process.env.TOKENRY_CLIENT };
const signed = { ...client, introspection_signed_response_alg: "EdDSA" };

const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(issuer, found);

async function token() {
  const basic = Buffer.from(`admin:${process.env.TOKENRY_ADMIN_PASSWORD}`).toString("base64");
  const answer = await fetch(`${url}/services/authorization/tokens?output_mode=json`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ name: "admin", audience: "orders", expires_on: "+1h" }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()).entry[0].content.token;
}

async function ask(string, as = client, authentication = oauth.ClientSecretBasic(secret), more) {
  const response = await oauth.introspectionRequest(server, as, authentication, string, more);
  return [await oauth.processIntrospectionResponse(server, as, response), response];
}

async function revoke(string) {
  const response = await oauth.revocationRequest(server, client, oauth.None(), string);
  await oauth.processRevocationResponse(response);
}

const good = await token();

const checks = {
  "the metadata name what there is": async () => {
    assert.equal(server.introspection_endpoint, `${url}/oauth2/introspect`);
    assert.equal(server.revocation_endpoint, `${url}/oauth2/revoke`);
    assert.deepEqual(server.grant_types_supported, []);
  },
  "a good token is active, with Basic and in the form": async () => {
    for (const way of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
      const [told] = await ask(good, client, way(secret));
      assert.equal(told.active, true);
      assert.deepEqual([told.sub, told.aud, told.token_type], ["admin", "orders", "Bearer"]);
      assert.equal(told.exp - told.iat, 3600);
    }
  },
  "rubbish is not active, and not a word more": async () => {
    const [told] = await ask("rubbish");
    assert.deepEqual(told, { active: false });
  },
  "a signed answer says the same, and is signed": async () => {
    const [plain] = await ask(good);
    const [told, response] = await ask(good, signed);
    assert.deepEqual(told, plain);
    await oauth.validateApplicationLevelSignature(server, response);
    const [nothing, other] = await ask("rubbish", signed);
    assert.deepEqual(nothing, { active: false });
    await oauth.validateApplicationLevelSignature(server, other);
  },
  "what the token came with can be said": async () => {
    const more = { additionalParameters: { client_ip: "192.0.2.7", required_scope: "no.such.power" } };
    const [told] = await ask(good, client, undefined, more);
    assert.deepEqual(told, { active: false });
  },
  "a wrong secret is a challenge": async () => {
    await assert.rejects(ask(good, client, oauth.ClientSecretBasic("wrong")), (error) => {
      assert.ok(error instanceof oauth.WWWAuthenticateChallengeError, error);
      assert.equal(error.cause[0].scheme, "basic");
      return error.status === 401;
    });
  },
  "a token ends for whoever has it, once and for all": async () => {
    const mine = await token();
    assert.equal((await ask(mine))[0].active, true);
    await revoke(mine);
    assert.deepEqual((await ask(mine))[0], { active: false });
    await revoke(mine);
    await revoke("rubbish");
    assert.equal((await ask(good))[0].active, true);
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      oauth4webapi: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  oauth4webapi: ${name}\n${error.stack}`);
  }
}
process.exit(failed ? 1 : 0);
