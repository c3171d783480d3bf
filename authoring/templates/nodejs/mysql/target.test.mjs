// Tests of target.mjs; npm install first. Nothing here needs a server.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { check, isRefusal, login, options, statement } from "./target.mjs";

const value = { engine: "mariadb", host: "127.0.0.1", port: "3307", username: "app", password: "p" };

test("values", () => {
  check(value);
  for (const key of ["engine", "host", "username"]) {
    assert.throws(() => check({ ...value, [key]: "" }), new RegExp(key));
  }
});

test("TLS is the default, and names are verified", () => {
  assert.deepEqual(options(value).ssl, { ca: undefined, rejectUnauthorized: true, verifyIdentity: true });
  assert.equal(options({ ...value, ssl: false }).ssl, undefined);
});

test("only a wrong password is a refusal", () => {
  assert.ok(isRefusal({ code: "ER_ACCESS_DENIED_ERROR" }));
  assert.ok(!isRefusal({ code: "ER_CON_COUNT_ERROR" }));
  assert.ok(!isRefusal({ code: "ECONNREFUSED" }));
});

test("each server in its own words", () => {
  assert.equal(statement("8.4.0"), "SET PASSWORD = ?");
  assert.equal(statement("11.4.2-MariaDB-log"), "SET PASSWORD = PASSWORD(?)");
});

test("a server that hangs up", async () => {
  const server = createServer((socket) => socket.end());
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  await assert.rejects(login({ ...value, port: server.address().port }), { code: "PROTOCOL_CONNECTION_LOST" });
  server.close();
});
