"""Tests of target.py against a small service with one account."""

import base64
import json
import ssl
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

import target


class Service(BaseHTTPRequestHandler):
    password, status = "first", 200

    def answer(self, change):
        login = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        status = Service.status
        if login != f"app:{Service.password}":
            status = 401
        elif change and status == 200:
            assert body["current_password"] == Service.password
            Service.password = body["password"]
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        assert self.path == target.PATH, self.path
        self.answer(False)

    def do_PUT(self):
        self.answer(True)

    def log_message(self, *_):
        pass


class TargetTest(unittest.TestCase):
    def setUp(self):
        Service.password, Service.status = "first", 200
        self.server = HTTPServer(("127.0.0.1", 0), Service)
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(lambda: (self.server.shutdown(), thread.join(), self.server.server_close()))

    def value(self, password):
        port = self.server.server_port
        return {"host": "127.0.0.1", "port": port, "ssl": False, "username": "app", "password": password}

    def test_changes_the_password(self):
        session = target.login(self.value("first"))
        session.set_password("second")
        session.test()
        session.close()
        target.login(self.value("second"))
        with self.assertRaises(target.Refused):
            target.login(self.value("first"))

    def test_only_401_is_a_refusal(self):
        for status in (307, 403, 500):
            Service.status = status
            with self.assertRaisesRegex(RuntimeError, f"answered with {status}"):
                target.login(self.value("first"))

    def test_a_service_that_is_down(self):
        with self.assertRaises(OSError):
            target.login({**self.value("first"), "port": 1})

    def test_TLS_is_the_default(self):
        value = self.value("first")
        del value["ssl"]
        with self.assertRaises(ssl.SSLError):
            target.login(value)

    def test_values(self):
        target.check(self.value("p"))
        for key in ("host", "username"):
            with self.assertRaisesRegex(ValueError, key):
                target.check({**self.value("p"), key: ""})
