// Tests of what is rotated.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, login } from "./target.mjs";

test("a value of no account", async () => {
  check({ password: "p" });
  const session = await login({ password: "p" });
  await session.test();
  await session.close();
});

test("accounts are refused until somebody tells them", async () => {
  for (const key of ["host", "username"]) {
    assert.throws(() => check({ password: "p", [key]: "x" }), new RegExp(key));
  }
  await assert.rejects((await login({})).setPassword("p"), /not change passwords yet/);
});
