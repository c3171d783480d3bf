// A rotation function for Secrets Manager: AWS's, or one that speaks its API.
//
// rotation.mjs has the four steps, target.mjs what is rotated. The role's
// credentials and the region come from the environment.

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { rotate } from "./rotation.mjs";
import * as target from "./target.mjs";

// Made once for each environment, and used by all of its invocations.
const secrets = new SecretsManager({
  endpoint: process.env.SECRETS_MANAGER_ENDPOINT || undefined,
  requestHandler: { connectionTimeout: 5000, requestTimeout: 10000, throwOnRequestTimeout: true },
});

// Does one step. What it returns is not looked at; an error fails the step.
export const handler = (event) => rotate(event, secrets, target);
