// Refused says that the target was reached and did not take the password. No other
// failure says anything about passwords, so after this one alone another may be
// tried.
export class Refused extends Error {
  name = "Refused";

  constructor() {
    super("the target refuses the password");
  }
}
