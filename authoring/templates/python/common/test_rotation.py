"""Tests of the four steps, with a Secrets Manager and a target in memory:
python3 -m unittest"""

import copy
import json
import unittest

import rotation
from rotation import CURRENT, PENDING, PREVIOUS, Refused

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:app-a1B2c3"
ALL = ("createSecret", "setSecret", "testSecret", "finishSecret")


class Secrets:
    """The five calls that a rotation function makes, of a boto3 client."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, value):
        self.values, self.labels, self.enabled, self.made = {"v1": json.dumps(value)}, {"v1": [CURRENT]}, True, 0

    def begin(self, token):
        for labels in self.labels.values():
            if PENDING in labels:
                labels.remove(PENDING)
        self.labels[token] = [PENDING]

    def describe_secret(self, SecretId):
        return {"RotationEnabled": self.enabled, "VersionIdsToStages": copy.deepcopy(self.labels)}

    def holder(self, label):
        return next((version for version, labels in self.labels.items() if label in labels), None)

    def get_secret_value(self, SecretId, VersionStage, VersionId=None):
        version = VersionId or self.holder(VersionStage)
        if version not in self.values or VersionStage not in self.labels[version]:
            raise self.exceptions.ResourceNotFoundException()
        return {"SecretString": self.values[version]}

    def put_secret_value(self, SecretId, ClientRequestToken, SecretString, VersionStages, RotationToken=None):
        assert ClientRequestToken not in self.values, "a version has one value for ever"
        self.values[ClientRequestToken] = SecretString
        self.rotation_token = RotationToken

    def update_secret_version_stage(self, SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId):
        assert (VersionStage, RemoveFromVersionId) == (CURRENT, self.holder(CURRENT))
        if previous := self.holder(PREVIOUS):
            self.labels[previous].remove(PREVIOUS)
        self.labels[RemoveFromVersionId].remove(CURRENT)
        self.labels[RemoveFromVersionId].append(PREVIOUS)
        self.labels[MoveToVersionId].append(CURRENT)

    def get_random_password(self, PasswordLength, **_):
        self.made += 1
        return {"RandomPassword": f"made-{self.made}".ljust(PasswordLength, "x")}

    def password(self, label):
        return json.loads(self.get_secret_value(ARN, label)["SecretString"])["password"]


class Target:
    """A target with one account; what target.py is to the function."""

    EXCLUDED, ACCOUNT = "", ("host", "username")

    def __init__(self, password):
        self.password, self.logins, self.down, self.fails = password, [], False, None

    def check(self, value):
        pass

    def login(self, value):
        if self.down:
            raise TimeoutError("no answer")
        self.logins.append(value["password"])
        if value["password"] != self.password:
            raise Refused()
        return self

    def set_password(self, password):
        if self.fails:
            raise self.fails(password)
        self.password = password

    def test(self):
        pass

    def close(self):
        pass


class RotationTest(unittest.TestCase):
    def setUp(self):
        self.secrets = Secrets({"host": "db", "username": "app", "password": "first", "extra": 7})
        self.target = Target("first")
        self.secrets.begin("v2")

    def run_steps(self, *steps, token="v2", **more):
        for step in steps:
            event = {"SecretId": ARN, "ClientRequestToken": token, "Step": step, **more}
            rotation.rotate(event, self.secrets, self.target)

    def test_rotates_twice_over(self):
        for step in ALL:
            self.run_steps(step, step)  # whoever was cut off repeats the step
        self.assertEqual(self.target.password, self.secrets.password(CURRENT))
        self.assertEqual(self.secrets.password(PREVIOUS), "first")
        self.assertEqual(json.loads(self.secrets.values["v2"])["extra"], 7)
        self.run_steps(*ALL)  # finished: nothing happens any more
        self.assertEqual(self.secrets.made, 1)

    def test_begins_again_after_the_change(self):
        self.run_steps("createSecret", "setSecret")
        self.run_steps(*ALL)
        self.assertEqual(self.target.password, self.secrets.password(CURRENT))
        self.assertEqual(self.secrets.made, 1)

    def test_a_restored_target_has_the_previous_password(self):
        self.run_steps(*ALL)
        self.secrets.begin("v3")
        self.target.password = "first"
        self.run_steps(*ALL, token="v3")
        self.assertEqual(self.target.password, self.secrets.password(CURRENT))

    def test_a_target_that_is_down_is_not_one_that_refuses(self):
        self.run_steps("createSecret")
        self.target.down = True
        with self.assertRaises(TimeoutError):
            self.run_steps("setSecret")
        self.assertEqual(self.secrets.password(CURRENT), "first")

    def test_every_password_refused(self):
        self.run_steps("createSecret")
        self.target.password = "unknown"
        with self.assertRaisesRegex(RuntimeError, "refuses the pending, current and previous"):
            self.run_steps("setSecret")

    def test_another_account_is_left_alone(self):
        for key in ("host", "username"):
            value = {"host": "db", "username": "app", "password": "second", key: "other"}
            self.secrets.values["v2"] = json.dumps(value)
            with self.assertRaisesRegex(ValueError, "not of one account"):
                self.run_steps("setSecret")
        self.assertEqual(self.target.logins, [])

    def test_errors_tell_no_password(self):
        self.run_steps("createSecret")
        self.target.fails = lambda password: ValueError(f"syntax error near '{password}'")
        with self.assertRaisesRegex(RuntimeError, r"ValueError: syntax error near '\[redacted\]'") as caught:
            self.run_steps("setSecret")
        self.assertTrue(caught.exception.__suppress_context__)

    def test_a_value_that_is_no_login_is_not_quoted(self):
        self.secrets.values["v1"] = "hunter2"
        with self.assertRaisesRegex(ValueError, "no JSON object with a password") as caught:
            self.run_steps("createSecret")
        self.assertNotIn("hunter2", str(caught.exception))

    def test_what_is_not_being_rotated(self):
        with self.assertRaisesRegex(ValueError, "no version v9"):
            self.run_steps("setSecret", token="v9")
        self.secrets.labels["v3"] = []
        with self.assertRaisesRegex(ValueError, "is not AWSPENDING"):
            self.run_steps("setSecret", token="v3")
        with self.assertRaisesRegex(ValueError, "no step dropSecret"):
            self.run_steps("dropSecret")
        self.secrets.enabled = False
        with self.assertRaisesRegex(ValueError, "not enabled"):
            self.run_steps("createSecret")

    def test_rotation_token_is_passed_on(self):
        self.run_steps("createSecret", RotationToken="r")
        self.assertEqual(self.secrets.rotation_token, "r")
