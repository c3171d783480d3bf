"""Rotates the password of a PostgreSQL user.

This is AWS's generic rotation workflow as its documentation describes it, and
knows nothing of Alberti: boto3, the four steps, and a driver beside it.
"""
import json
import logging
import os

import boto3
import psycopg2
import psycopg2.sql

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def lambda_handler(event, context):
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])

    metadata = client.describe_secret(SecretId=arn)
    if not metadata["RotationEnabled"]:
        raise ValueError("Secret %s is not enabled for rotation" % arn)
    versions = metadata["VersionIdsToStages"]
    if token not in versions:
        raise ValueError("Secret version %s has no stage for rotation of secret %s." % (token, arn))
    if "AWSCURRENT" in versions[token]:
        logger.info("Secret version %s already set as AWSCURRENT for secret %s.", token, arn)
        return
    if "AWSPENDING" not in versions[token]:
        raise ValueError("Secret version %s not set as AWSPENDING for rotation of secret %s." % (token, arn))

    steps = {"createSecret": create_secret, "setSecret": set_secret, "testSecret": test_secret, "finishSecret": finish_secret}
    if step not in steps:
        raise ValueError("Invalid step parameter %s for secret %s" % (step, arn))
    steps[step](client, arn, token)
    logger.info("%s: done for %s.", step, arn)


def create_secret(client, arn, token):
    secret = value(client, arn, "AWSCURRENT")
    try:
        value(client, arn, "AWSPENDING", token)
        logger.info("createSecret: there is a pending secret for %s.", arn)
    except client.exceptions.ResourceNotFoundException:
        secret["password"] = client.get_random_password(ExcludeCharacters="/@\"'\\")["RandomPassword"]
        client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=json.dumps(secret), VersionStages=["AWSPENDING"])


def set_secret(client, arn, token):
    pending = value(client, arn, "AWSPENDING", token)
    if connect(pending):
        return
    for stage in ("AWSCURRENT", "AWSPREVIOUS"):
        try:
            connection = connect(value(client, arn, stage))
        except client.exceptions.ResourceNotFoundException:
            continue
        if connection:
            break
    else:
        raise ValueError("Unable to log into database with previous, current, or pending secret of secret arn %s" % arn)
    with connection, connection.cursor() as cursor:
        user = psycopg2.sql.Identifier(pending["username"])
        cursor.execute(psycopg2.sql.SQL("ALTER USER {} WITH PASSWORD %s").format(user), (pending["password"],))
    connection.close()


def test_secret(client, arn, token):
    connection = connect(value(client, arn, "AWSPENDING", token))
    if not connection:
        raise ValueError("Unable to log into database with pending secret of secret ARN %s" % arn)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT NOW()")
    connection.close()


def finish_secret(client, arn, token):
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(v for v, stages in versions.items() if "AWSCURRENT" in stages)
    if current != token:
        client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)


def value(client, arn, stage, token=None):
    version = {"VersionId": token} if token else {}
    return json.loads(client.get_secret_value(SecretId=arn, VersionStage=stage, **version)["SecretString"])


def connect(secret):
    try:
        return psycopg2.connect(
            host=secret["host"], port=int(secret.get("port", 5432)), user=secret["username"], password=secret["password"],
            dbname=secret.get("dbname", "postgres"), connect_timeout=5)
    except psycopg2.OperationalError as err:
        logger.info("connect: %s", type(err).__name__)
        return None
