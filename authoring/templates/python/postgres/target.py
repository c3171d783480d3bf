"""PostgreSQL 10 and later: users that change their own passwords.

The value: {"engine": "postgres", "host", "port", "username", "password",
"dbname"}. Connections are encrypted and the server's certificate is verified, by
the authority in "sslrootcert" (PEM) or those of the system; "ssl": false does
without.
"""

import base64
import hashlib
import hmac
import os
import ssl

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from rotation import Refused

EXCLUDED = ":/@\"'\\"
ACCOUNT = ("host", "port", "username")
TIMEOUT = 10  # seconds, for the connection and every answer
WRONG_PASSWORD = "28P01"
ITERATIONS = 4096  # PostgreSQL's own


def check(value):
    """Raises an error for a value that this function cannot rotate."""
    if value.get("engine") not in ("postgres", "aurora-postgresql"):
        raise ValueError("the engine of the value is not postgres")
    for key in ("host", "username"):
        if not value.get(key):
            raise ValueError(f"the value has no {key}")


def login(value):
    """Logs in with a value and gives the session."""
    try:
        return Session(Connection(
            value["username"],
            host=value["host"],
            port=int(value.get("port") or 5432),
            database=value.get("dbname") or "postgres",
            password=value["password"],
            timeout=TIMEOUT,
            ssl_context=tls(value),
        ))
    except DatabaseError as error:
        if code(error) == WRONG_PASSWORD:
            raise Refused() from None
        raise


def tls(value):
    if value.get("ssl") in (False, "false"):
        return None
    return ssl.create_default_context(cadata=value.get("sslrootcert"))


def code(error):
    """Gives the SQLSTATE of a server's error."""
    return error.args[0].get("C") if error.args and isinstance(error.args[0], dict) else None


class Session:
    """A login."""

    def __init__(self, connection):
        self.connection = connection

    def set_password(self, password):
        """Gives the user a password. The server and its logs get a verifier, which
        cannot be used to log in."""
        self.connection.run(f"ALTER ROLE CURRENT_USER PASSWORD '{verifier(password, os.urandom(16))}'")

    def test(self):
        """Runs a statement. One of your application's would prove more."""
        self.connection.run("SELECT 1")

    def close(self):
        self.connection.close()


def verifier(password, salt):
    """Gives what PostgreSQL stores of a password (RFC 5803). The passwords of
    GetRandomPassword are ASCII, which SASLprep leaves as it is."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt, stored, server = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt}${stored}:{server}"
