"""Tests of target.py with a driver that notes what it is asked for."""

import ssl
import sys
import types
import unittest
from unittest import mock


class OperationalError(Exception):
    pass


class Connection:
    """What target.py uses of PyMySQL's."""

    fails, capabilities, version, last = None, 0, "8.4.0", None

    def __init__(self, **options):
        Connection.last = self
        self.options, self.ssl, self.server_capabilities = options, options["ssl"] is not None, self.capabilities
        self.statements, self.closed = [], False
        self._request_authentication()

    def _request_authentication(self):
        if self.fails:
            raise self.fails

    def get_server_info(self):
        return self.version

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, *statement):
        self.statements.append(statement)

    def close(self):
        self.closed = True


SSL = 2048
pymysql = types.ModuleType("pymysql")
pymysql.connections = types.SimpleNamespace(Connection=Connection)
pymysql.err = types.SimpleNamespace(OperationalError=OperationalError)
constants = types.SimpleNamespace(CLIENT=types.SimpleNamespace(SSL=SSL), ER=types.SimpleNamespace(ACCESS_DENIED_ERROR=1045))
with mock.patch.dict(sys.modules, {"pymysql": pymysql, "pymysql.constants": constants}):
    import target

VALUE = {"engine": "mariadb", "host": "db", "port": "3307", "username": "app", "password": "p"}


class TargetTest(unittest.TestCase):
    def setUp(self):
        Connection.fails, Connection.capabilities, Connection.version = None, SSL, "8.4.0"

    def test_values(self):
        target.check(VALUE)
        for key in ("engine", "host", "username"):
            with self.assertRaisesRegex(ValueError, key):
                target.check({**VALUE, key: ""})

    def test_login(self):
        target.login(VALUE)
        options = Connection.last.options
        self.assertEqual((options["port"], options["database"], options["connect_timeout"]), (3307, None, 10))
        self.assertEqual(options["ssl"].verify_mode, ssl.CERT_REQUIRED)
        self.assertTrue(options["ssl"].check_hostname)

    def test_no_password_goes_out_in_clear(self):
        Connection.capabilities = 0
        with self.assertRaisesRegex(ConnectionError, "no TLS"):
            target.login(VALUE)
        target.login({**VALUE, "ssl": False})
        self.assertIsNone(Connection.last.options["ssl"])

    def test_only_a_wrong_password_is_a_refusal(self):
        for number in (1045, 1698):
            Connection.fails = OperationalError(number, "Access denied")
            with self.assertRaises(target.Refused):
                target.login(VALUE)
        for other in (OperationalError(1040, "Too many connections"), TimeoutError()):
            Connection.fails = other
            with self.assertRaises(type(other)):
                target.login(VALUE)

    def test_each_server_in_its_own_words(self):
        for version, statement in (("8.4.0", "SET PASSWORD = %s"), ("11.4.2-MariaDB", "SET PASSWORD = PASSWORD(%s)")):
            Connection.version = version
            session = target.login(VALUE)
            session.set_password("new")
            session.test()
            session.close()
            self.assertEqual(Connection.last.statements[0], (statement, ("new",)))
            self.assertTrue(Connection.last.closed)
