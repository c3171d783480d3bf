// PostgreSQL 10 and later: users that change their own passwords.
//
// The value: {"engine": "postgres", "host", "port", "username", "password",
// "dbname"}. Connections are encrypted and the server's certificate is verified, by
// the authority in "sslrootcert" (PEM) or those that Node knows; "ssl": false does
// without.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import pg from "pg";
import { Refused } from "./refused.mjs";

export const excluded = ":/@\"'\\";
export const account = ["host", "port", "username"];

const timeout = 10_000; // milliseconds, for the connection and every answer
const wrongPassword = "28P01";
const iterations = 4096; // PostgreSQL's own

// Throws for a value that this function cannot rotate.
export function check(value) {
  if (!["postgres", "aurora-postgresql"].includes(value.engine)) {
    throw new Error("the engine of the value is not postgres");
  }
  for (const key of ["host", "username"]) {
    if (!value[key]) throw new Error(`the value has no ${key}`);
  }
}

// What a connection is made with.
export const options = (value) => ({
  host: value.host,
  port: Number(value.port || 5432),
  user: value.username,
  password: value.password,
  database: value.dbname || "postgres",
  connectionTimeoutMillis: timeout,
  query_timeout: timeout,
  ssl: [false, "false"].includes(value.ssl) ? false : { ca: value.sslrootcert, rejectUnauthorized: true },
});

// Tells whether an error says that the password is wrong.
export const isRefusal = (error) => error.code === wrongPassword;

// Logs in with a value and gives the session.
export async function login(value) {
  const client = new pg.Client(options(value));
  client.on("error", () => {}); // a connection that breaks fails the next query
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw isRefusal(error) ? new Refused() : error;
  }
  return {
    // Gives the user a password. The server and its logs get a verifier, which
    // cannot be used to log in.
    setPassword: (password) => client.query(`ALTER ROLE CURRENT_USER PASSWORD '${verifier(password, randomBytes(16))}'`),

    // Runs a statement. One of your application's would prove more.
    test: () => client.query("SELECT 1"),

    close: () => client.end(),
  };
}

// Gives what PostgreSQL stores of a password (RFC 5803). The passwords of
// GetRandomPassword are ASCII, which SASLprep leaves as it is.
export function verifier(password, salt) {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const key = (name) => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(key("Client Key")).digest("base64");
  const server = key("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${server}`;
}
