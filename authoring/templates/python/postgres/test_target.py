"""Tests of target.py with a driver that notes what it is asked for."""

import base64
import ssl
import sys
import types
import unittest
from unittest import mock


class DatabaseError(Exception):
    pass


class Connection:
    """What target.py uses of pg8000's."""

    fails, last = None, None

    def __init__(self, user, **options):
        if self.fails:
            raise self.fails
        Connection.last = self
        self.user, self.options, self.statements, self.closed = user, options, [], False

    def run(self, statement):
        self.statements.append(statement)

    def close(self):
        self.closed = True


DRIVER = {
    "pg8000": types.ModuleType("pg8000"),
    "pg8000.native": types.SimpleNamespace(Connection=Connection),
    "pg8000.exceptions": types.SimpleNamespace(DatabaseError=DatabaseError),
}
with mock.patch.dict(sys.modules, DRIVER):
    import target

VALUE = {"engine": "postgres", "host": "db", "port": "5433", "username": "app", "password": "p"}


class TargetTest(unittest.TestCase):
    def setUp(self):
        Connection.fails = None

    def test_values(self):
        target.check(VALUE)
        for key in ("engine", "host", "username"):
            with self.assertRaisesRegex(ValueError, key):
                target.check({**VALUE, key: ""})

    def test_login(self):
        target.login(VALUE)
        options = Connection.last.options
        self.assertEqual((options["port"], options["database"], options["timeout"]), (5433, "postgres", 10))
        self.assertEqual(options["ssl_context"].verify_mode, ssl.CERT_REQUIRED)
        self.assertTrue(options["ssl_context"].check_hostname)
        target.login({**VALUE, "ssl": False})
        self.assertIsNone(Connection.last.options["ssl_context"])

    def test_only_a_wrong_password_is_a_refusal(self):
        Connection.fails = DatabaseError({"C": "28P01", "M": "password authentication failed"})
        with self.assertRaises(target.Refused):
            target.login(VALUE)
        for other in (DatabaseError({"C": "53300"}), DatabaseError(), TimeoutError()):
            Connection.fails = other
            with self.assertRaises(type(other)):
                target.login(VALUE)

    def test_the_password_does_not_reach_the_log(self):
        session = target.login(VALUE)
        session.set_password("new-password")
        session.test()
        session.close()
        change = Connection.last.statements[0]
        self.assertRegex(change, r"^ALTER ROLE CURRENT_USER PASSWORD 'SCRAM-SHA-256\$4096:")
        self.assertNotIn("new-password", change)
        self.assertTrue(Connection.last.closed)

    def test_verifier(self):
        # The keys of the example of RFC 7677, section 3.
        salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
        self.assertEqual(
            target.verifier("pencil", salt),
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
            "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        )
