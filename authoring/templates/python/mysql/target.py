"""MySQL 5.7 and later, and MariaDB: users that change their own passwords.

The value: {"engine": "mysql" or "mariadb", "host", "port", "username",
"password", "dbname"}. Connections are encrypted and the server's certificate is
verified, by the authority in "sslrootcert" (PEM) or those of the system; "ssl":
false does without.
"""

import ssl

import pymysql
from pymysql.constants import CLIENT, ER

from rotation import Refused

EXCLUDED = "/@\"'\\"
ACCOUNT = ("host", "port", "username")
TIMEOUT = 10  # seconds, for the connection and every answer


def check(value):
    """Raises an error for a value that this function cannot rotate."""
    if value.get("engine") not in ("mysql", "aurora-mysql", "mariadb"):
        raise ValueError("the engine of the value is not mysql or mariadb")
    for key in ("host", "username"):
        if not value.get(key):
            raise ValueError(f"the value has no {key}")


def login(value):
    """Logs in with a value and gives the session."""
    try:
        return Session(Connection(
            host=value["host"],
            port=int(value.get("port") or 3306),
            user=value["username"],
            password=value["password"],
            database=value.get("dbname") or None,
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            write_timeout=TIMEOUT,
            ssl=tls(value),
        ))
    except pymysql.err.OperationalError as error:
        if error.args[0] in (ER.ACCESS_DENIED_ERROR, NO_PASSWORD):
            raise Refused() from None
        raise


NO_PASSWORD = 1698  # ER_ACCESS_DENIED_NO_PASSWORD_ERROR


def tls(value):
    if value.get("ssl") in (False, "false"):
        return None
    return ssl.create_default_context(cadata=value.get("sslrootcert"))


class Connection(pymysql.connections.Connection):
    """A connection that is encrypted when it was asked to be. PyMySQL by itself goes
    on in clear with a server, or a man in the middle, that says it has no TLS."""

    def _request_authentication(self):
        if self.ssl and not self.server_capabilities & CLIENT.SSL:
            raise ConnectionError("the server speaks no TLS")
        super()._request_authentication()


class Session:
    """A login."""

    def __init__(self, connection):
        self.connection = connection

    def set_password(self, password):
        """Gives the user a password. Servers keep it out of their logs."""
        maria = "MariaDB" in self.connection.get_server_info()
        with self.connection.cursor() as cursor:
            cursor.execute("SET PASSWORD = PASSWORD(%s)" if maria else "SET PASSWORD = %s", (password,))

    def test(self):
        """Runs a statement. One of your application's would prove more."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    def close(self):
        self.connection.close()
