// Rotates a PostgreSQL user in turn with its clone, as AWS's workflow for
// alternating users has it: whoever uses the other of the two meanwhile is not
// disturbed. It knows nothing of Alberti.
import {
  SecretsManagerClient, DescribeSecretCommand, GetRandomPasswordCommand, GetSecretValueCommand,
  PutSecretValueCommand, UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import pg from "pg";

const client = new SecretsManagerClient({});

export const handler = async ({ SecretId, ClientRequestToken: token, Step }) => {
  const { RotationEnabled, VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
  if (!RotationEnabled) throw new Error(`Secret ${SecretId} is not enabled for rotation`);
  const stages = VersionIdsToStages[token];
  if (!stages) throw new Error(`Secret version ${token} has no stage for rotation of secret ${SecretId}`);
  if (stages.includes("AWSCURRENT")) return;
  if (!stages.includes("AWSPENDING")) throw new Error(`Secret version ${token} is not set as AWSPENDING`);
  const current = Object.keys(VersionIdsToStages).find((v) => VersionIdsToStages[v].includes("AWSCURRENT"));
  const steps = { createSecret, setSecret, testSecret, finishSecret };
  if (!Object.hasOwn(steps, Step)) throw new Error(`Invalid step ${Step}`);
  await steps[Step](SecretId, token, current);
  console.log(`${Step}: done for ${SecretId}`);
};

async function createSecret(SecretId, token) {
  try {
    await value(SecretId, "AWSPENDING", token);
    return;
  } catch (err) {
    if (err.name !== "ResourceNotFoundException") throw err;
  }
  const next = await value(SecretId, "AWSCURRENT");
  next.username = otherOf(next.username);
  const { RandomPassword } = await client.send(new GetRandomPasswordCommand({ ExcludeCharacters: "/@\"'\\" }));
  next.password = RandomPassword;
  await client.send(new PutSecretValueCommand({
    SecretId, ClientRequestToken: token, SecretString: JSON.stringify(next), VersionStages: ["AWSPENDING"],
  }));
}

async function setSecret(SecretId, token) {
  const pending = await value(SecretId, "AWSPENDING", token);
  if (await canLogIn(pending)) return;
  const admin = await value(pending.masterarn, "AWSCURRENT");
  if (admin.host !== pending.host) throw new Error("The administrator is of another host");
  await as(admin, async (db) => {
    const user = db.escapeIdentifier(pending.username);
    const { rowCount } = await db.query("SELECT FROM pg_roles WHERE rolname = $1", [pending.username]);
    await db.query(`${rowCount ? "ALTER" : "CREATE"} ROLE ${user} LOGIN PASSWORD ${db.escapeLiteral(pending.password)}`);
    if (!rowCount) await db.query(`GRANT ${db.escapeIdentifier(otherOf(pending.username))} TO ${user}`);
  });
}

async function testSecret(SecretId, token) {
  await as(await value(SecretId, "AWSPENDING", token), (db) => db.query("SELECT now()"));
}

async function finishSecret(SecretId, token, current) {
  await client.send(new UpdateSecretVersionStageCommand({
    SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: token, RemoveFromVersionId: current,
  }));
}

const otherOf = (user) => (user.endsWith("_clone") ? user.slice(0, -"_clone".length) : `${user}_clone`);

async function value(SecretId, VersionStage, VersionId) {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage, VersionId }));
  return JSON.parse(SecretString);
}

async function as({ host, port, username, password, dbname }, work) {
  const db = new pg.Client({ host, port, user: username, password, database: dbname, connectionTimeoutMillis: 5000 });
  await db.connect();
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}

async function canLogIn(login) {
  try {
    await as(login, () => {});
    return true;
  } catch (err) {
    console.log(`no login yet: ${err.code}`);
    return false;
  }
}
