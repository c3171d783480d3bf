"""An account of a service with an HTTP API. As it stands, an internal user of
OpenSearch, by the account API of its security plugin; other services differ in
the two places that say HERE.

The value: {"host", "port", "username", "password"}. The server's certificate is
verified, by the authority in "sslrootcert" (PEM) or those of the system; "ssl":
false does without TLS.
"""

import base64
import http.client
import json
import ssl

from rotation import Refused

EXCLUDED = "/@\"'\\"
ACCOUNT = ("host", "port", "username")
TIMEOUT = 10  # seconds, for the connection and every answer
PATH = "/_plugins/_security/api/account"


def check(value):
    """Raises an error for a value that this function cannot rotate."""
    for key in ("host", "username"):
        if not value.get(key):
            raise ValueError(f"the value has no {key}")


def login(value):
    """Logs in with a value and gives the session."""
    # HERE: any request that needs a login, and 401 without one.
    call(value, "GET", PATH)
    return Session(value)


class Session:
    """A login."""

    def __init__(self, value):
        self.value = value

    def set_password(self, password):
        """Gives the user a password."""
        # HERE: the request that changes it.
        call(self.value, "PUT", PATH, {"current_password": self.value["password"], "password": password})

    def test(self):
        """Login was the test. A request of your application's would prove more."""

    def close(self):
        """Each request had a connection of its own."""


def call(value, method, path, body=None):
    """Sends a request. A redirection is an error, so that the login goes nowhere
    else, and an error has no more of the answer than its status."""
    connection = connect(value)
    try:
        login = f"{value['username']}:{value['password']}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(login).decode(), "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status == 401:
        raise Refused()
    if not 200 <= answer.status < 300:
        raise RuntimeError(f"{method} {path} was answered with {answer.status}")


def connect(value):
    port = int(value.get("port") or 9200)
    if value.get("ssl") in (False, "false"):
        return http.client.HTTPConnection(value["host"], port, timeout=TIMEOUT)
    tls = ssl.create_default_context(cadata=value.get("sslrootcert"))
    return http.client.HTTPSConnection(value["host"], port, timeout=TIMEOUT, context=tls)
