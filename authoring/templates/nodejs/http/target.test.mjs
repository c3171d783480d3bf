// Tests of target.mjs against a small service with one account.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { check, login } from "./target.mjs";
import { Refused } from "./refused.mjs";

let server, password, status;

before(async () => {
  server = createServer(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    assert.equal(request.url, "/_plugins/_security/api/account");
    if (request.headers.authorization !== "Basic " + btoa(`app:${password}`)) {
      answer.writeHead(401).end();
      return;
    }
    if (request.method === "PUT" && status === 200) {
      assert.equal(JSON.parse(body).current_password, password);
      password = JSON.parse(body).password;
    }
    answer.writeHead(status, status === 307 ? { Location: "http://127.0.0.1:1/" } : {}).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  password = "first";
  status = 200;
});

const value = (password) => ({
  host: "127.0.0.1",
  port: server.address().port,
  ssl: false,
  username: "app",
  password,
});

test("changes the password", async () => {
  const session = await login(value("first"));
  await session.setPassword("second");
  await session.test();
  await session.close();
  await login(value("second"));
  await assert.rejects(login(value("first")), Refused);
});

test("only 401 is a refusal", async () => {
  for (status of [307, 403, 500]) {
    await assert.rejects(login(value("first")), { message: new RegExp(`answered with ${status}`) });
  }
});

test("a service that is down", async () => {
  await assert.rejects(login({ ...value("first"), port: 1 }), { code: "ECONNREFUSED" });
});

test("TLS is the default", async () => {
  await assert.rejects(login({ ...value("first"), ssl: undefined }), { code: /SSL|EPROTO/ });
});

test("values", () => {
  check(value("p"));
  for (const key of ["host", "username"]) {
    assert.throws(() => check({ ...value("p"), [key]: "" }), new RegExp(key));
  }
});
