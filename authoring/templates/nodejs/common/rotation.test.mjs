// Tests of the four steps, with a Secrets Manager and a target in memory:
// node --test

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Refused } from "./refused.mjs";
import { rotate } from "./rotation.mjs";

const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:app-a1B2c3";
const all = ["createSecret", "setSecret", "testSecret", "finishSecret"];

// The five calls that a rotation function makes, of a SecretsManager of the SDK.
class Secrets {
  labels = { v1: ["AWSCURRENT"] };
  enabled = true;
  made = 0;

  constructor(value) {
    this.values = { v1: JSON.stringify(value) };
  }

  begin(token) {
    for (const version of Object.keys(this.labels)) this.#remove("AWSPENDING", version);
    this.labels[token] = ["AWSPENDING"];
  }

  #remove(label, version) {
    this.labels[version] = this.labels[version].filter((other) => other !== label);
  }

  holder(label) {
    return Object.keys(this.labels).find((version) => this.labels[version].includes(label));
  }

  async describeSecret() {
    return { RotationEnabled: this.enabled, VersionIdsToStages: structuredClone(this.labels) };
  }

  async getSecretValue({ VersionStage, VersionId = this.holder(VersionStage) }) {
    if (!this.values[VersionId] || !this.labels[VersionId].includes(VersionStage)) {
      throw Object.assign(new Error("not there"), { name: "ResourceNotFoundException" });
    }
    return { SecretString: this.values[VersionId] };
  }

  async putSecretValue({ ClientRequestToken, SecretString, RotationToken }) {
    assert.ok(!this.values[ClientRequestToken], "a version has one value for ever");
    this.values[ClientRequestToken] = SecretString;
    this.rotationToken = RotationToken;
  }

  async updateSecretVersionStage({ VersionStage, MoveToVersionId, RemoveFromVersionId }) {
    assert.equal(RemoveFromVersionId, this.holder(VersionStage));
    const previous = this.holder("AWSPREVIOUS");
    if (previous) this.#remove("AWSPREVIOUS", previous);
    this.#remove(VersionStage, RemoveFromVersionId);
    this.labels[RemoveFromVersionId].push("AWSPREVIOUS");
    this.labels[MoveToVersionId].push(VersionStage);
  }

  async getRandomPassword({ PasswordLength }) {
    return { RandomPassword: `made-${++this.made}`.padEnd(PasswordLength, "x") };
  }

  async password(label) {
    return JSON.parse((await this.getSecretValue({ VersionStage: label })).SecretString).password;
  }
}

// A target with one account; what target.mjs is to the function.
class Target {
  excluded = "";
  account = ["host", "username"];
  password = "first";
  logins = [];
  open = 0;

  check() {}

  async login(value) {
    if (this.down) throw new Error("no answer");
    this.logins.push(value.password);
    if (value.password !== this.password) throw new Refused();
    this.open++;
    return {
      setPassword: async (password) => {
        if (this.fails) throw this.fails(password);
        this.password = password;
      },
      test: async () => {},
      close: async () => this.open--,
    };
  }
}

let secrets, target;

beforeEach(() => {
  secrets = new Secrets({ host: "db", username: "app", password: "first", extra: 7 });
  secrets.begin("v2");
  target = new Target();
});

async function run(steps, token = "v2", more = {}) {
  for (const Step of steps) {
    await rotate({ SecretId: arn, ClientRequestToken: token, Step, ...more }, secrets, target);
  }
}

test("rotates, each step done twice", async () => {
  for (const step of all) await run([step, step]); // whoever was cut off repeats the step
  assert.equal(target.password, await secrets.password("AWSCURRENT"));
  assert.equal(await secrets.password("AWSPREVIOUS"), "first");
  assert.equal(JSON.parse(secrets.values.v2).extra, 7);
  await run(all); // finished: nothing happens any more
  assert.equal(secrets.made, 1);
  assert.equal(target.open, 0);
});

test("begins again after the change", async () => {
  await run(["createSecret", "setSecret"]);
  await run(all);
  assert.equal(target.password, await secrets.password("AWSCURRENT"));
  assert.equal(secrets.made, 1);
});

test("a restored target has the previous password", async () => {
  await run(all);
  secrets.begin("v3");
  target.password = "first";
  await run(all, "v3");
  assert.equal(target.password, await secrets.password("AWSCURRENT"));
});

test("a target that is down is not one that refuses", async () => {
  await run(["createSecret"]);
  target.down = true;
  await assert.rejects(run(["setSecret"]), { message: "no answer" });
  assert.equal(await secrets.password("AWSCURRENT"), "first");
});

test("every password refused", async () => {
  await run(["createSecret"]);
  target.password = "unknown";
  await assert.rejects(run(["setSecret"]), /refuses the pending, current and previous/);
  await assert.rejects(run(["testSecret"]), /refuses the pending/);
});

test("another account is left alone", async () => {
  for (const key of ["host", "username"]) {
    secrets.values.v2 = JSON.stringify({ host: "db", username: "app", password: "second", [key]: "other" });
    await assert.rejects(run(["setSecret"]), /not of one account/);
  }
  assert.deepEqual(target.logins, []);
});

test("errors tell no password", async () => {
  await run(["createSecret"]);
  target.fails = (password) => new SyntaxError(`near '${password}'`);
  await assert.rejects(run(["setSecret"]), { message: "SyntaxError: near '[redacted]'" });
  assert.equal(target.open, 0);
});

test("a value that is no login is not quoted", async () => {
  for (const text of ["hunter2", "null", '"hunter2"', '{"password":7}']) {
    secrets.values.v1 = text;
    await assert.rejects(run(["createSecret"]), { message: `AWSCURRENT of secret ${arn} is no JSON object with a password` });
  }
});

test("what is not being rotated", async () => {
  await assert.rejects(run(["setSecret"], "v9"), /no version v9/);
  secrets.labels.v3 = [];
  await assert.rejects(run(["setSecret"], "v3"), /is not AWSPENDING/);
  await assert.rejects(run(["toString"]), /no step toString/);
  secrets.enabled = false;
  await assert.rejects(run(["createSecret"]), /not enabled/);
});

test("the RotationToken is passed on", async () => {
  await run(["createSecret"], "v2", { RotationToken: "r" });
  assert.equal(secrets.rotationToken, "r");
});
