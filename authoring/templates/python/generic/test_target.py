"""Tests of what is rotated."""

import unittest

import target


class TargetTest(unittest.TestCase):
    def test_a_value_of_no_account(self):
        target.check({"password": "p"})
        session = target.login({"password": "p"})
        session.test()
        session.close()

    def test_accounts_are_refused_until_somebody_tells_them(self):
        for key in ("host", "username"):
            with self.assertRaisesRegex(NotImplementedError, key):
                target.check({"password": "p", key: "x"})
        with self.assertRaises(NotImplementedError):
            target.login({}).set_password("p")
