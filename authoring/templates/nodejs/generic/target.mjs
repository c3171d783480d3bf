// What is rotated. As it stands, a value that lies in the secret alone, such as a
// signing key that every reader takes from there: {"password": "..."}.
//
// Nobody is told of it, so a secret that names an account is refused. To rotate
// accounts, fill in the places that say HERE.

// Characters that passwords do without; EXCLUDE_CHARACTERS of the environment
// overrides it.
export const excluded = "/@\"'\\";

// HERE: the members of the value that say whose password it is, and where. What
// they name must be the same before and after, such as "host", "port", "username".
export const account = [];

// Throws for a value that this function cannot rotate.
export function check(value) {
  // HERE: look for the members that login needs.
  for (const key of ["host", "username"]) {
    if (key in value) throw new Error(`the value has a ${key}, whom target.mjs does not tell of passwords yet`);
  }
}

// Logs in with a value and gives the session. Throws Refused (refused.mjs) where the
// target does not take the password, and any other error where it could not be
// asked. Set a timeout, and verify the target's certificate.
export async function login(value) {
  // HERE: log in.
  return {
    // Gives the account a password. Once it is done, the password is in force. It is
    // not called while login takes every password.
    async setPassword(password) {
      throw new Error("target.mjs does not change passwords yet");
    },

    // Does what the password is for.
    async test() {},

    // Ends the session.
    async close() {},
  };
}
