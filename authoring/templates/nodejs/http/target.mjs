// An account of a service with an HTTP API. As it stands, an internal user of
// OpenSearch, by the account API of its security plugin; other services differ in
// the two places that say HERE.
//
// The value: {"host", "port", "username", "password"}. The server's certificate is
// verified, by the authority in "sslrootcert" (PEM) or those that Node knows; "ssl":
// false does without TLS.

import http from "node:http";
import https from "node:https";
import { Refused } from "./refused.mjs";

export const excluded = "/@\"'\\";
export const account = ["host", "port", "username"];

const timeout = 10_000; // milliseconds, for every answer
const path = "/_plugins/_security/api/account";

// Throws for a value that this function cannot rotate.
export function check(value) {
  for (const key of ["host", "username"]) {
    if (!value[key]) throw new Error(`the value has no ${key}`);
  }
}

// Logs in with a value and gives the session.
export async function login(value) {
  // HERE: any request that needs a login, and 401 without one.
  await call(value, "GET");
  return {
    // HERE: the request that changes the password.
    setPassword: (password) => call(value, "PUT", { current_password: value.password, password }),

    // Login was the test. A request of your application's would prove more.
    async test() {},

    // Each request stands for itself.
    async close() {},
  };
}

// Sends a request. A redirection is an error, so that the login goes nowhere else,
// and an error has no more of the answer than its status.
async function call(value, method, body) {
  const status = await send(value, method, body && JSON.stringify(body));
  if (status === 401) throw new Refused();
  if (status < 200 || status > 299) throw new Error(`${method} ${path} was answered with ${status}`);
}

const send = (value, method, body) =>
  new Promise((resolve, reject) => {
    const plain = [false, "false"].includes(value.ssl);
    const request = (plain ? http : https).request({
      host: value.host,
      port: Number(value.port || 9200),
      path,
      method,
      auth: `${value.username}:${value.password}`,
      headers: { "Content-Type": "application/json" },
      agent: false, // a connection of its own
      signal: AbortSignal.timeout(timeout),
      ...(plain ? {} : { ca: value.sslrootcert }),
    });
    request.on("error", reject);
    request.on("response", (answer) => {
      answer.resume();
      answer.on("error", reject);
      answer.on("end", () => resolve(answer.statusCode));
    });
    request.end(body);
  });
