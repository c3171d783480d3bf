// Tests of target.mjs; npm install first. Nothing here needs a server.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { check, isRefusal, login, options, verifier } from "./target.mjs";

const value = { engine: "postgres", host: "127.0.0.1", port: "5433", username: "app", password: "p" };

test("values", () => {
  check(value);
  for (const key of ["engine", "host", "username"]) {
    assert.throws(() => check({ ...value, [key]: "" }), new RegExp(key));
  }
});

test("TLS is the default", () => {
  assert.deepEqual(options(value).ssl, { ca: undefined, rejectUnauthorized: true });
  assert.equal(options({ ...value, ssl: false }).ssl, false);
});

test("no password goes to a server without TLS", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.end("N"))).listen(0, "127.0.0.1");
  await once(server, "listening");
  await assert.rejects(login({ ...value, port: server.address().port }), /does not support SSL/);
  server.close();
});

test("only a wrong password is a refusal", () => {
  assert.ok(isRefusal({ code: "28P01" }));
  assert.ok(!isRefusal({ code: "53300" }));
  assert.ok(!isRefusal({ code: "ECONNREFUSED" }));
});

test("the verifier of a password", () => {
  // The keys of the example of RFC 7677, section 3.
  assert.equal(
    verifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64")),
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" +
      "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
});
