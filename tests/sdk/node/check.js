// Drives a running Tokenry with the vendor's own Node client (splunk-sdk), as its users would.
//
// Takes TOKENRY_URL (https://127.0.0.1:PORT) and TOKENRY_ADMIN_PASSWORD (of the user `admin`) from the environment.
// Prints one line per check and exits 1 if any failed. It leaves the server as it found it.

import assert from "node:assert/strict";
import splunk from "splunk-sdk";

const url = new URL(process.env.TOKENRY_URL);
const where = { scheme: url.protocol.replace(":", ""), host: url.hostname, port: url.port };
const admin = { username: "admin", password: process.env.TOKENRY_ADMIN_PASSWORD };
const PASSWORD = "correct horse battery staple";

const checks = [
  ["user and password sign in and learn the version", async () => {
    const service = await signedIn();
    assert.ok(service.sessionKey, "no session key");
    assert.match(service.version, /^\d+(\.\d+)+$/);
    assert.ok(service.versionCompare("5.0") >= 0, `version ${service.version} turns old addresses on`);
    assert.ok(Object.keys(service.http._cookieStore).some((name) => name.startsWith("splunkd_")), "no cookie");
  }],

  ["the current user is found", async () => {
    const user = await (await signedIn()).currentUser();
    assert.equal(user.name, "admin");
    assert.ok(user.properties().roles.includes("admin"));
  }],

  ["a request without login signs in first", async () => {
    const users = await new splunk.Service({ ...where, ...admin }).users().fetch();
    assert.ok(users.item("admin"));
  }],

  ["a session that is gone is renewed", async () => {
    const service = new splunk.Service({ ...where, ...admin, sessionKey: "not-a-session" });
    assert.ok((await service.users().fetch()).item("admin"));
    assert.notEqual(service.sessionKey, "not-a-session");
  }],

  ["a wrong password and an unknown user are refused with 401", async () => {
    for (const username of ["admin", "nobody-here"]) {
      await refused(401, new splunk.Service({ ...where, username, password: "wrong" }).login());
    }
  }],

  ["no credentials are refused with 401", async () => {
    await refused(401, new splunk.Service(where).users().fetch());
  }],

  ["after logout nothing works", async () => {
    const service = await signedIn({ autologin: false });
    service.logout();
    await refused(401, service.users().fetch());
  }],

  ["users are listed with paging, sorting and search", async () => {
    const users = (await signedIn()).users();
    await withUser("sdk-node-list", async () => {
      const everybody = (await users.fetch()).list().map((user) => user.name);
      assert.ok(everybody.includes("admin") && everybody.includes("sdk-node-list"));
      assert.equal(users.paging().total, everybody.length);
      const last = await users.fetch({ count: 1, offset: everybody.length - 1 });
      assert.deepEqual(last.list().map((user) => user.name), everybody.slice(-1));
      const turned = await users.fetch({ sort_dir: "desc", sort_key: "name" });
      assert.deepEqual(turned.list().map((user) => user.name), [...everybody].reverse());
      const found = await users.fetch({ search: "sdk-node-list" });
      assert.deepEqual(found.list().map((user) => user.name), ["sdk-node-list"]);
    });
  }],

  ["a user is made, changed and removed", async () => {
    const service = await signedIn();
    await withUser("sdk-node-alice", async (user) => {
      assert.deepEqual(user.properties().roles, ["power", "user"]);
      await user.update({ realname: "Alice", email: "alice@example.com" });
      const again = await user.fetch();
      assert.equal(again.properties().realname, "Alice");
      assert.equal(again.properties().email, "alice@example.com");
      assert.equal(again.acl().sharing, "system");
      assert.ok(Array.isArray(again.fields().optional));
      await user.remove();
      assert.equal((await service.users().fetch()).item("sdk-node-alice"), null);
      await refused(404, user.fetch());
    });
  }],

  ["a user with an unknown role is refused with 400", async () => {
    const users = (await signedIn()).users();
    await refused(400, users.create({ name: "sdk-node-bob", password: PASSWORD, roles: "no_such_role" }));
  }],

  ["a user without the capability is refused with 403", async () => {
    await withUser("sdk-node-carol", async () => {
      const service = new splunk.Service({ ...where, username: "sdk-node-carol", password: PASSWORD });
      assert.equal((await service.currentUser()).name, "sdk-node-carol");
      await refused(403, service.users().create({ name: "sdk-node-dave", password: PASSWORD, roles: "admin" }));
    });
  }],

  ["roles are listed, and made, changed and deleted by their addresses", async () => {
    const service = await signedIn();
    const listed = await service.get("authorization/roles", { count: 0 });
    assert.ok(listed.data.entry.some((role) => role.name === "admin"));
    await service.post("authorization/roles", { name: "sdk_node_role" });
    try {
      const capabilities = ["edit_tokens_own", "list_tokens_own"];
      await service.post("authorization/roles/sdk_node_role", { capabilities });
      const role = (await service.get("authorization/roles/sdk_node_role")).data.entry[0];
      assert.deepEqual(role.content.capabilities, capabilities);
      assert.deepEqual(role.content.imported_roles, []);
    } finally {
      await service.del("authorization/roles/sdk_node_role");
    }
    await refused(404, service.get("authorization/roles/sdk_node_role"));
  }],

  ["a token is made, lists users as a bearer and as a session key, and dies when disabled", async () => {
    const service = await signedIn();
    const wanted = { name: "admin", audience: "sdk tests", expires_on: "+1d" };
    const made = await service.post("authorization/tokens", wanted);
    assert.equal(made.status, 201);
    const { id, token } = made.data.entry[0].content;
    try {
      for (const authorization of ["Bearer", "Splunk"]) {
        const bearer = new splunk.Service({ ...where, sessionKey: token, authorization });
        assert.ok((await bearer.users().fetch()).item("admin"));
        assert.deepEqual(bearer.http._cookieStore, {});
      }
      await service.post("authorization/tokens/admin", { id, status: "disabled" });
      const bearer = new splunk.Service({ ...where, sessionKey: token, authorization: "Bearer" });
      await refused(401, bearer.users().fetch());
    } finally {
      await service.del("authorization/tokens/admin", { id });
    }
  }],

  ["info, apps and messages are read", async () => {
    const service = await signedIn();
    assert.ok((await service.serverInfo()).properties().serverName);
    assert.ok((await service.apps().fetch()).item("search"));
    assert.ok(Array.isArray((await service.get("messages")).data.entry));
  }],

  ["a namespace shows the same users and roles", async () => {
    const service = await signedIn({ owner: "-", app: "-" });
    assert.ok((await service.users().fetch()).item("admin"));
    const roles = await service.get("authorization/roles");
    assert.ok(roles.data.entry.some((role) => role.name === "user"));
  }],

  ["an unknown address is refused with 404 and one message", async () => {
    const error = await refused(404, (await signedIn()).get("no/such/thing"));
    assert.equal(error.data.messages.length, 1);
  }],
];

async function signedIn(more = {}) {
  const service = new splunk.Service({ ...where, ...admin, ...more });
  await service.login();
  return service;
}

async function withUser(name, use) {
  const users = (await signedIn()).users();
  const user = await users.create({ name, password: PASSWORD, roles: ["power", "user"] });
  try {
    await use(user);
  } finally {
    await users.fetch();
    await users.item(name)?.remove();
  }
}

/** Waits for the refusal of a request, and answers what the client threw. */
async function refused(status, request) {
  const error = await request.then(() => assert.fail("was not refused"), (thrown) => thrown);
  assert.equal(error.status, status, `status ${error.status}: ${JSON.stringify(error.data)}`);
  return error;
}

splunk.Logger.setLevel("NONE");
let failed = 0;
for (const [title, run] of checks) {
  try {
    await run();
    console.log(`ok    node    ${title}`);
  } catch (error) {
    failed += 1;
    const reason = error instanceof Error ? error.stack : JSON.stringify(error);
    console.log(`FAIL  node    ${title}\n${reason}\n`);
  }
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
