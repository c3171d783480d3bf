// The four steps of a rotation, for any target.
//
// Each step may be run again after it succeeded, and a rotation that stopped half
// way is begun again from createSecret, with the same token. So each step looks
// for its own work first. The new password is kept in the secret before the target
// hears of it: whatever stops when, one version of the secret logs in.

import { Refused } from "./refused.mjs";

const CURRENT = "AWSCURRENT";
const PENDING = "AWSPENDING";
const PREVIOUS = "AWSPREVIOUS";

// Does the step that an event asks for; secrets is a SecretsManager of AWS's SDK.
export async function rotate(event, secrets, target) {
  const run = new Run(event, secrets, target);
  if (!Object.hasOwn(steps, event.Step)) throw new Error(`there is no step ${event.Step}`);
  if (await run.finished()) return;
  try {
    await steps[event.Step](run);
  } catch (error) {
    const text = String(error?.message ?? error);
    const clean = run.scrub(text);
    // Drivers quote what they were given: the error goes, and all that is in it.
    throw clean === text ? error : new Error(`${error?.name}: ${clean}`);
  }
}

// Run is one invocation.
class Run {
  #seen = new Set(); // passwords, to keep out of errors

  constructor(event, secrets, target) {
    this.arn = event.SecretId;
    this.token = event.ClientRequestToken;
    this.rotationToken = event.RotationToken;
    this.secrets = secrets;
    this.target = target;
  }

  // Tells whether there is nothing left to do. Throws for a version that is not
  // being rotated.
  async finished() {
    const secret = await this.secrets.describeSecret({ SecretId: this.arn });
    if (!secret.RotationEnabled) throw new Error(`secret ${this.arn} is not enabled for rotation`);
    this.versions = secret.VersionIdsToStages;
    const labels = this.versions[this.token];
    if (!labels) throw new Error(`secret ${this.arn} has no version ${this.token}`);
    if (!labels.includes(CURRENT) && !labels.includes(PENDING)) {
      throw new Error(`version ${this.token} of secret ${this.arn} is not ${PENDING}`);
    }
    return labels.includes(CURRENT);
  }

  // Gives the value under a label, undefined where there is none.
  async value(label) {
    const version = label === PENDING ? { VersionId: this.token } : {};
    try {
      const answer = await this.secrets.getSecretValue({ SecretId: this.arn, VersionStage: label, ...version });
      return this.#parse(answer.SecretString, label);
    } catch (error) {
      if (error.name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  #parse(text, label) {
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      // The parser's own message would quote a part of the value.
    }
    if (typeof value?.password !== "string") {
      throw new Error(`${label} of secret ${this.arn} is no JSON object with a password`);
    }
    this.#seen.add(value.password);
    return value;
  }

  // Gives the value under a label that must have one, checked by the target.
  async needed(label) {
    const value = await this.value(label);
    if (!value) throw new Error(`secret ${this.arn} has no value for ${label}`);
    this.target.check(value);
    return value;
  }

  async newPassword() {
    const { RandomPassword } = await this.secrets.getRandomPassword({
      PasswordLength: Number(process.env.PASSWORD_LENGTH ?? 32),
      ExcludeCharacters: process.env.EXCLUDE_CHARACTERS ?? this.target.excluded,
      RequireEachIncludedType: true,
    });
    this.#seen.add(RandomPassword);
    return RandomPassword;
  }

  sameAccount(value, other) {
    return this.target.account.every((key) => value[key] === other[key]);
  }

  scrub(text) {
    const longestFirst = [...this.#seen].filter(Boolean).sort((a, b) => b.length - a.length);
    return longestFirst.reduce((clean, password) => clean.replaceAll(password, "[redacted]"), text);
  }
}

const steps = {
  // Keeps a new password as AWSPENDING. One that is there already stays: the
  // target may have it.
  async createSecret(run) {
    const current = await run.needed(CURRENT);
    if (await run.value(PENDING)) return;
    await run.secrets.putSecretValue({
      SecretId: run.arn,
      ClientRequestToken: run.token,
      RotationToken: run.rotationToken,
      SecretString: JSON.stringify({ ...current, password: await run.newPassword() }),
      VersionStages: [PENDING],
    });
    console.log("createSecret: there is a new password");
  },

  // Gives the account the pending password. Which one it has now is found out by
  // logging in: pending, of an earlier attempt; then current, then previous.
  async setSecret(run) {
    const current = await run.needed(CURRENT);
    const pending = await run.needed(PENDING);
    if (!run.sameAccount(pending, current)) {
      throw new Error(`${PENDING} and ${CURRENT} of secret ${run.arn} are not of one account`);
    }
    if (await use(run, pending, () => {})) {
      console.log("setSecret: the pending password is in force");
      return;
    }
    for (const label of [CURRENT, PREVIOUS]) {
      const old = label === CURRENT ? current : await run.value(label);
      if (!old || !run.sameAccount(old, current)) continue;
      const change = (session) => session.setPassword(pending.password);
      if (await use(run, { ...current, password: old.password }, change)) {
        console.log(`setSecret: changed, logged in with ${label}`);
        return;
      }
    }
    throw new Error(`the target refuses the pending, current and previous password of secret ${run.arn}`);
  },

  // Uses the pending password.
  async testSecret(run) {
    if (!(await use(run, await run.needed(PENDING), (session) => session.test()))) {
      throw new Error(`the target refuses the pending password of secret ${run.arn}`);
    }
    console.log("testSecret: the pending password works");
  },

  // Moves AWSCURRENT to the new version; AWSPREVIOUS follows by itself. Afterwards
  // no step does anything more (Run.finished), so other work belongs before it.
  async finishSecret(run) {
    const [old] = Object.entries(run.versions).find(([, labels]) => labels.includes(CURRENT)) ?? [];
    await run.secrets.updateSecretVersionStage({
      SecretId: run.arn,
      VersionStage: CURRENT,
      MoveToVersionId: run.token,
      RemoveFromVersionId: old,
    });
    console.log(`finishSecret: ${CURRENT} is on the new version`);
  },
};

// Logs in with a value and does something; tells whether the target let it in.
async function use(run, value, something) {
  let session;
  try {
    session = await run.target.login(value);
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
  try {
    await something(session);
  } finally {
    await session.close();
  }
  return true;
}
