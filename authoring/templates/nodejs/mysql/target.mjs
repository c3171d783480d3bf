// MySQL 5.7 and later, and MariaDB: users that change their own passwords.
//
// The value: {"engine": "mysql" or "mariadb", "host", "port", "username",
// "password", "dbname"}. Connections are encrypted and the server's certificate is
// verified, by the authority in "sslrootcert" (PEM) or those that Node knows;
// "ssl": false does without.

import mysql from "mysql2/promise";
import { Refused } from "./refused.mjs";

export const excluded = "/@\"'\\";
export const account = ["host", "port", "username"];

const timeout = 10_000; // milliseconds, for the connection and every answer

// Throws for a value that this function cannot rotate.
export function check(value) {
  if (!["mysql", "aurora-mysql", "mariadb"].includes(value.engine)) {
    throw new Error("the engine of the value is not mysql or mariadb");
  }
  for (const key of ["host", "username"]) {
    if (!value[key]) throw new Error(`the value has no ${key}`);
  }
}

// What a connection is made with.
export const options = (value) => ({
  host: value.host,
  port: Number(value.port || 3306),
  user: value.username,
  password: value.password,
  database: value.dbname || undefined,
  connectTimeout: timeout,
  ssl: [false, "false"].includes(value.ssl)
    ? undefined
    : { ca: value.sslrootcert, rejectUnauthorized: true, verifyIdentity: true },
});

// Tells whether an error says that the password is wrong.
export const isRefusal = (error) =>
  ["ER_ACCESS_DENIED_ERROR", "ER_ACCESS_DENIED_NO_PASSWORD_ERROR"].includes(error.code);

// The statement that changes one's own password. Servers keep it out of their logs.
export const statement = (version) =>
  version.includes("MariaDB") ? "SET PASSWORD = PASSWORD(?)" : "SET PASSWORD = ?";

// Logs in with a value and gives the session.
export async function login(value) {
  let connection;
  try {
    connection = await mysql.createConnection(options(value));
  } catch (error) {
    throw isRefusal(error) ? new Refused() : error;
  }
  const query = (sql, values) => connection.query({ sql, values, timeout });
  return {
    // Gives the user a password.
    async setPassword(password) {
      const [[{ version }]] = await query("SELECT VERSION() AS version");
      await query(statement(version), [password]);
    },

    // Runs a statement. One of your application's would prove more.
    test: () => query("SELECT 1"),

    close: () => connection.end(),
  };
}
