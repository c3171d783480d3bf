// Alberti's Node.js runtime: runs a Lambda handler over the Runtime API.
//
// Node's own modules only. What users see of it (errors, log lines, context) is
// what AWS's own runtime shows (lambda.md, 2.7, 3.1, 3.4).
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const api = "/2018-06-01/runtime";
const root = process.env.LAMBDA_TASK_ROOT;
const declared = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1] ?? 0);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

let requestId; // of the invocation that runs
let settle; // ends it, once

function call(method, where, body, headers = {}) {
  return new Promise((resolve, reject) => {
    if (body !== undefined) headers["Content-Length"] = Buffer.byteLength(body);
    const request = http.request({ agent, host, port, method, path: api + where, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

class Fault extends Error {
  constructor(kind, message) {
    super(message);
    this.name = kind;
  }
}

function describe(error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function fail(where, described) {
  const headers = { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": described.errorType };
  return call("POST", where, JSON.stringify(described), headers);
}

// Console lines carry the time, the request and the level; one call is one line.
function setUpConsole() {
  const levels = { log: "INFO", debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR", trace: "TRACE" };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...args) => line(level, format(...args));
  }
  console.fatal = (...args) => line("FATAL", format(...args));
}

function line(level, text) {
  // Synchronously, so that it stands before what ends the invocation.
  let rest = Buffer.from(`${new Date().toISOString()}\t${requestId}\t${level}\t${text.replaceAll("\n", "\r")}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest));
    } catch (e) {
      if (e.code !== "EAGAIN") throw e;
    }
  }
}

function isModule(file) {
  for (let dir = path.dirname(file); path.basename(dir) !== "node_modules"; dir = path.dirname(dir)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(dir, "package.json"), "utf8")).type === "module";
    } catch (e) {
      if (e.code !== "ENOENT") throw e;
    }
    if (dir === path.dirname(dir)) break;
  }
  return false;
}

// load finds the module in the order of AWS's runtime (lambda.md, 3.4).
async function load(base, moduleRoot) {
  const require = createRequire(path.join(base, "index.js"));
  const file = path.resolve(base, moduleRoot);
  const has = (extension) => fs.existsSync(file + extension) && fs.statSync(file + extension).isFile();
  const load = (name) => import(pathToFileURL(name).href);
  if (has("")) return require(file);
  if (has(".js")) return isModule(file) ? load(file + ".js") : require(file + ".js");
  if (has(".mjs")) return load(file + ".mjs");
  if (has(".cjs")) return require(file + ".cjs");
  if (declared >= 24) {
    for (const extension of [".ts", ".mts", ".cts"]) if (has(extension)) return load(file + extension);
  }
  return require(require.resolve("./" + path.basename(moduleRoot), { paths: [path.resolve(base, path.dirname(moduleRoot))] }));
}

async function findHandler(name) {
  if (name.includes("..")) {
    throw new Fault("Runtime.MalformedHandlerName", `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const parts = /^([^.]*)\.(.*)$/.exec(path.basename(name));
  if (!parts) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  const [, file, properties] = parts;
  let found;
  try {
    found = await load(root, path.join(path.dirname(name), file));
  } catch (e) {
    if (e instanceof SyntaxError) throw new Fault("Runtime.UserCodeSyntaxError", String(e));
    const missing = e?.code === "MODULE_NOT_FOUND" || e?.code === "ERR_MODULE_NOT_FOUND";
    if (missing) throw new Fault("Runtime.ImportModuleError", String(e));
    throw e;
  }
  const get = (from) => properties.split(".").reduce((value, key) => value?.[key], from);
  const handler = get(found) ?? get(found.default);
  if (!handler) throw new Fault("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new Fault("Runtime.HandlerNotFound", `${name} is not a function`);
  if (declared >= 24 && handler.length >= 3) {
    throw new Fault("Runtime.CallbackHandlerDeprecated", "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.");
  }
  return handler;
}

function contextOf(headers, done) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context"),
    identity: parsed("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done,
    succeed: (value) => done(null, value),
    fail: (error) => done(error ?? new Error("context.fail was called without an error")),
  };
}

// run gives { value } or { error } of one invocation.
function run(handler, headers, body) {
  return new Promise((resolve) => {
    settle = resolve;
    const end = (error, value) => resolve(error === undefined || error === null ? { value } : { error });
    let context;
    // A callback's answer waits for what is still going on, unless told not to.
    const callback = (error, value) => {
      if (!context.callbackWaitsForEmptyEventLoop) return end(error, value);
      process.removeAllListeners("beforeExit").once("beforeExit", () => end(error, value));
    };
    context = contextOf(headers, end);
    process.removeAllListeners("beforeExit").once("beforeExit", () => resolve({ value: null }));
    try {
      const result = handler(JSON.parse(body.toString("utf8")), context, callback);
      if (typeof result?.then === "function") {
        result.then((value) => end(null, value), (error) => resolve({ error }));
      }
    } catch (error) {
      resolve({ error });
    }
  });
}

function encode(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

async function answer(handler) {
  const { status, headers, body } = await call("GET", "/invocation/next");
  if (status !== 200) throw new Error(`the Runtime API answered ${status} to next`);
  requestId = headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  const at = "/invocation/" + requestId;
  const outcome = await run(handler, headers, body);
  settle = undefined;
  try {
    if ("error" in outcome) throw outcome.error;
    // An answer that is too large is refused; the caller has been told by then.
    await call("POST", at + "/response", encode(outcome.value), { "Content-Type": "application/json" });
  } catch (error) {
    const described = describe(error);
    const { errorType, errorMessage, trace } = described;
    line("ERROR", "Invoke Error \t" + JSON.stringify({ errorType, errorMessage, ...error, stack: trace }));
    await fail(at + "/error", described);
  }
}

// What nobody caught ends the invocation, and the process with it.
function setUpCatchAll() {
  const end = (title, described) => {
    line("ERROR", `${title} \t${JSON.stringify({ ...described, trace: undefined, stack: described.trace })}`);
    const where = settle ? `/invocation/${requestId}/error` : "/init/error";
    fail(where, described).finally(() => process.exit(129));
  };
  process.on("uncaughtException", (error) => end("Uncaught Exception", describe(error)));
  process.on("unhandledRejection", (reason) => {
    const error = new Fault("Runtime.UnhandledPromiseRejection", reason instanceof Error ? String(reason) : String(reason));
    end("Unhandled Promise Rejection", { ...describe(error), reason: describe(reason) });
  });
}

setUpConsole();
setUpCatchAll();
let handler;
try {
  handler = await findHandler(process.env._HANDLER);
} catch (error) {
  const described = describe(error);
  line("ERROR", "Uncaught Exception \t" + JSON.stringify({ ...described, trace: undefined, stack: described.trace }));
  await fail("/init/error", described);
  process.exit(1);
}
for (;;) await answer(handler);
