"""The four steps of a rotation, for any target.

Each step may be run again after it succeeded, and a rotation that stopped half
way is begun again from createSecret, with the same token. So each step looks for
its own work first. The new password is kept in the secret before the target hears
of it: whatever stops when, one version of the secret logs in.
"""

import json
import logging
import os
from contextlib import closing

log = logging.getLogger(__name__)

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


class Refused(Exception):
    """The target was reached and did not take the password. No other failure says
    anything about passwords, so after this one alone another may be tried."""

    def __str__(self):
        return "the target refuses the password"


def rotate(event, secrets, target):
    """Does the step that an event asks for; secrets is a boto3 client."""
    run = Run(event, secrets, target)
    step = STEPS.get(event["Step"])
    if step is None:
        raise ValueError(f"there is no step {event['Step']}")
    if run.finished():
        return
    try:
        step(run)
    except Exception as error:
        text = run.scrub(str(error))
        if text == str(error):
            raise
        # Drivers quote what they were given: the error goes, and what it wraps.
        raise RuntimeError(f"{type(error).__name__}: {text}") from None


class Run:
    """One invocation."""

    def __init__(self, event, secrets, target):
        self.arn, self.token = event["SecretId"], event["ClientRequestToken"]
        self.rotation_token = event.get("RotationToken")
        self.secrets, self.target = secrets, target
        self.seen = set()  # passwords, to keep out of errors

    def finished(self):
        """Tells whether there is nothing left to do. Raises an error for a version
        that is not being rotated."""
        secret = self.secrets.describe_secret(SecretId=self.arn)
        if not secret.get("RotationEnabled"):
            raise ValueError(f"secret {self.arn} is not enabled for rotation")
        self.versions = secret["VersionIdsToStages"]
        labels = self.versions.get(self.token)
        if labels is None:
            raise ValueError(f"secret {self.arn} has no version {self.token}")
        if CURRENT not in labels and PENDING not in labels:
            raise ValueError(f"version {self.token} of secret {self.arn} is not {PENDING}")
        return CURRENT in labels

    def value(self, label):
        """Gives the value under a label, None where there is none."""
        version = {"VersionId": self.token} if label == PENDING else {}
        try:
            answer = self.secrets.get_secret_value(SecretId=self.arn, VersionStage=label, **version)
        except self.secrets.exceptions.ResourceNotFoundException:
            return None
        return self.parse(answer["SecretString"], label)

    def parse(self, text, label):
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not isinstance(value.get("password"), str):
            # The parser's own message would quote a part of the value.
            raise ValueError(f"{label} of secret {self.arn} is no JSON object with a password") from None
        self.seen.add(value["password"])
        return value

    def needed(self, label):
        """Gives the value under a label that must have one, checked by the target."""
        value = self.value(label)
        if value is None:
            raise ValueError(f"secret {self.arn} has no value for {label}")
        self.target.check(value)
        return value

    def new_password(self):
        password = self.secrets.get_random_password(
            PasswordLength=int(os.environ.get("PASSWORD_LENGTH", "32")),
            ExcludeCharacters=os.environ.get("EXCLUDE_CHARACTERS", self.target.EXCLUDED),
            RequireEachIncludedType=True,
        )["RandomPassword"]
        self.seen.add(password)
        return password

    def same_account(self, value, other):
        return all(value.get(key) == other.get(key) for key in self.target.ACCOUNT)

    def scrub(self, text):
        for password in sorted(filter(None, self.seen), key=len, reverse=True):
            text = text.replace(password, "[redacted]")
        return text


def create_secret(run):
    """Keeps a new password as AWSPENDING. One that is there already stays: the
    target may have it."""
    current = run.needed(CURRENT)
    if run.value(PENDING) is not None:
        return
    extra = {"RotationToken": run.rotation_token} if run.rotation_token else {}
    run.secrets.put_secret_value(
        SecretId=run.arn,
        ClientRequestToken=run.token,
        SecretString=json.dumps({**current, "password": run.new_password()}),
        VersionStages=[PENDING],
        **extra,
    )
    log.info("createSecret: there is a new password")


def set_secret(run):
    """Gives the account the pending password. Which one it has now is found out by
    logging in: pending, of an earlier attempt; then current, then previous."""
    current, pending = run.needed(CURRENT), run.needed(PENDING)
    if not run.same_account(pending, current):
        raise ValueError(f"{PENDING} and {CURRENT} of secret {run.arn} are not of one account")
    try:
        run.target.login(pending).close()
        log.info("setSecret: the pending password is in force")
        return
    except Refused:
        pass
    for label in (CURRENT, PREVIOUS):
        old = current if label == CURRENT else run.value(label)
        if old is None or not run.same_account(old, current):
            continue
        try:
            session = run.target.login({**current, "password": old["password"]})
        except Refused:
            continue
        with closing(session):
            session.set_password(pending["password"])
        log.info("setSecret: changed, logged in with %s", label)
        return
    raise RuntimeError(f"the target refuses the pending, current and previous password of secret {run.arn}")


def test_secret(run):
    """Uses the pending password."""
    with closing(run.target.login(run.needed(PENDING))) as session:
        session.test()
    log.info("testSecret: the pending password works")


def finish_secret(run):
    """Moves AWSCURRENT to the new version; AWSPREVIOUS follows by itself. Afterwards
    no step does anything more (Run.finished), so other work belongs before it."""
    old = next((version for version, labels in run.versions.items() if CURRENT in labels), None)
    moved = {"RemoveFromVersionId": old} if old else {}
    run.secrets.update_secret_version_stage(
        SecretId=run.arn, VersionStage=CURRENT, MoveToVersionId=run.token, **moved
    )
    log.info("finishSecret: %s is on the new version", CURRENT)


STEPS = {
    "createSecret": create_secret,
    "setSecret": set_secret,
    "testSecret": test_secret,
    "finishSecret": finish_secret,
}
