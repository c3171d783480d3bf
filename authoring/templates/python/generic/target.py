"""What is rotated. As it stands, a value that lies in the secret alone, such as a
signing key that every reader takes from there: {"password": "..."}.

Nobody is told of it, so a secret that names an account is refused. To rotate
accounts, fill in the three places that say HERE.
"""

# Characters that passwords do without; EXCLUDE_CHARACTERS of the environment
# overrides it.
EXCLUDED = "/@\"'\\"

# HERE: the members of the value that say whose password it is, and where. What
# they name must be the same before and after, such as ("host", "port", "username").
ACCOUNT = ()


def check(value):
    """Raises an error for a value that this function cannot rotate."""
    # HERE: look for the members that login needs.
    for key in ("host", "username"):
        if key in value:
            raise NotImplementedError(f"the value has a {key}, whom target.py does not tell of passwords yet")


def login(value):
    """Logs in with a value and gives the session. Raises rotation.Refused where the
    target does not take the password, and any other error where it could not be
    asked. Set a timeout, and verify the target's certificate."""
    # HERE: log in.
    return Session()


class Session:
    """A login."""

    def set_password(self, password):
        """Gives the account a password. When it returns, the password is in force.
        It is not called while login takes every password."""
        raise NotImplementedError("target.py does not change passwords yet")

    def test(self):
        """Does what the password is for."""

    def close(self):
        """Ends the session."""
