"""A rotation function for Secrets Manager: AWS's, or one that speaks its API.

rotation.py has the four steps, target.py what is rotated. The runtime brings
boto3; the role's credentials and the region come from the environment.
"""

import logging
import os

import boto3
from botocore.config import Config

import rotation
import target

logging.getLogger().setLevel(logging.INFO)

# Made once for each environment, and used by all of its invocations.
secrets = boto3.client(
    "secretsmanager",
    endpoint_url=os.environ.get("SECRETS_MANAGER_ENDPOINT") or None,
    config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 3}),
)


def lambda_handler(event, context):
    """Does one step. What it returns is not looked at; an exception fails the step."""
    rotation.rotate(known(event), secrets, target)


def known(event):
    """Leaves out the RotationToken where boto3 is too old to send it. Only a
    function that writes as another role than its own needs it."""
    put = secrets.meta.service_model.operation_model("PutSecretValue")
    if "RotationToken" in put.input_shape.members:
        return event
    return {key: value for key, value in event.items() if key != "RotationToken"}
