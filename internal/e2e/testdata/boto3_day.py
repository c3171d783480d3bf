"""A day of a secret, told to boto3. The server's address comes as an argument.

It prints the names of the operations that it called, one a line, and ends with
a traceback at the first answer that is not what AWS gives.
"""

import datetime
import json
import sys
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

NOT_FOUND = "Secrets Manager can't find the specified secret."
DELETED = "You can't perform this operation on the secret because it was marked for deletion."

called = set()


def connect(region=None, **config):
    c = boto3.client("secretsmanager", endpoint_url=sys.argv[1], region_name=region, config=Config(**config))
    c.meta.events.register("before-call.secrets-manager", lambda model, **_: called.add(model.name))
    return c


api = connect()


def equal(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def refused(kind, text, call, **members):
    """Wants a call to raise one class of error, with a text."""
    try:
        answer = call(**members)
    except kind as e:
        equal(e.response["Error"]["Message"], text)
        equal(e.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        uuid.UUID(e.response["ResponseMetadata"]["RequestId"])
        return e.response["Error"]["Code"]
    raise AssertionError(f"{members} is answered with {answer}")


def writing():
    token = str(uuid.uuid4())
    first = dict(Name="py/db", SecretString="one", Description="ünïcode", ClientRequestToken=token,
                 Tags=[{"Key": "team", "Value": "red"}])
    made = api.create_secret(**first)
    equal(made["VersionId"], token)
    equal(api.create_secret(**first)["ARN"], made["ARN"])
    refused(api.exceptions.ResourceExistsException, "The operation failed because the secret py/db already exists.",
            api.create_secret, Name="py/db", SecretString="two")
    refused(api.exceptions.InvalidParameterException,
            "You can't specify both a binary secret value and a string secret value in the same secret.",
            api.put_secret_value, SecretId="py/db", SecretString="x", SecretBinary=b"x")

    blob = bytes(range(256))
    put = api.put_secret_value(SecretId=made["ARN"], SecretBinary=blob, VersionStages=["AWSCURRENT", "blue"])
    equal(put["VersionStages"], ["AWSCURRENT", "blue"])
    got = api.get_secret_value(SecretId="py/db", VersionStage="blue")
    equal((got["SecretBinary"], got["VersionId"], "SecretString" in got), (blob, put["VersionId"], False))
    assert got["CreatedDate"].tzinfo is not None, got
    equal(api.get_secret_value(SecretId="py/db", VersionId=token)["SecretString"], "one")
    refused(api.exceptions.InvalidRequestException,
            "You provided a VersionStage that is not associated to the provided VersionId.",
            api.get_secret_value, SecretId="py/db", VersionId=token, VersionStage="blue")

    api.update_secret_version_stage(SecretId="py/db", VersionStage="AWSCURRENT", MoveToVersionId=token,
                                    RemoveFromVersionId=put["VersionId"])
    equal(api.get_secret_value(SecretId="py/db")["SecretString"], "one")
    updated = api.update_secret(SecretId="py/db", SecretString="three", Description="")
    assert "VersionId" not in api.update_secret(SecretId="py/db", Description="last")
    versions = api.list_secret_version_ids(SecretId="py/db", IncludeDeprecated=True)["Versions"]
    equal([v["VersionId"] for v in versions], [token, put["VersionId"], updated["VersionId"]])
    equal({tuple(v["KmsKeyIds"]) for v in versions}, {("DefaultEncryptionKey",)})
    refused(api.exceptions.LimitExceededException,
            f"You can't attach more than 20 staging labels to the versions of secret {made['ARN']}.",
            api.put_secret_value, SecretId="py/db", SecretString="x", VersionStages=[f"l{i}" for i in range(20)])


def describing():
    api.tag_resource(SecretId="py/db", Tags=[{"Key": "env", "Value": "test"}, {"Key": "team", "Value": ""}])
    api.untag_resource(SecretId="py/db", TagKeys=["env", "none"])
    d = api.describe_secret(SecretId="py/db")
    equal((d["Description"], d["Tags"]), ("last", [{"Key": "team", "Value": ""}]))
    assert isinstance(d["LastChangedDate"], datetime.datetime) and "RotationEnabled" not in d, d
    api.untag_resource(SecretId="py/db", TagKeys=["team"])
    equal(api.describe_secret(SecretId="py/db")["Tags"], [])
    equal(refused(ClientError, "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy "
                  "grants access to the principal secretsmanager.amazonaws.com.", api.rotate_secret, SecretId="py/db",
                  RotationLambdaARN="arn:aws:lambda:us-east-1:000000000000:function:none"), "AccessDeniedException")
    equal(api.cancel_rotate_secret(SecretId="py/db")["ARN"], d["ARN"])
    equal(len(api.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]), 20)


def listing():
    names = [f"py/page/{i}" for i in range(7)]
    for name in names:
        api.create_secret(Name=name)
    pages = list(api.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": ["py/page/"]}], SortBy="name", SortOrder="desc", PaginationConfig={"PageSize": 3}))
    equal([len(p["SecretList"]) for p in pages], [3, 3, 1])
    equal([s["Name"] for p in pages for s in p["SecretList"]], names[::-1])
    refused(api.exceptions.InvalidNextTokenException, "The NextToken value is invalid.", api.list_secrets, NextToken="AAAA")


def batching():
    batch = api.batch_get_secret_value(SecretIdList=["py/db", "py/none"])
    equal([(v["Name"], v["SecretString"], v["VersionStages"]) for v in batch["SecretValues"]], [("py/db", "three", ["AWSCURRENT"])])
    equal(batch["Errors"], [{"SecretId": "py/none", "ErrorCode": "ResourceNotFoundException", "Message": NOT_FOUND}])
    found, more = [], {}
    while True:
        page = api.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["py/"]}], MaxResults=3, **more)
        found += [v["Name"] for v in page["SecretValues"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    equal(found, ["py/db"])  # the others have no value


def protecting():
    def policy(effect, action):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": action, "Resource": "*"}]})
    assert "ResourcePolicy" not in api.get_resource_policy(SecretId="py/db")
    deny = policy("Deny", "secretsmanager:GetSecretValue")
    equal(api.validate_resource_policy(SecretId="py/db", ResourcePolicy=deny)["PolicyValidationPassed"], True)
    api.put_resource_policy(SecretId="py/db", ResourcePolicy=deny, BlockPublicPolicy=True)
    equal(api.get_resource_policy(SecretId="py/db")["ResourcePolicy"], deny)
    equal(refused(ClientError, "User: arn:aws:iam::000000000000:root is not authorized to perform: secretsmanager:GetSecretValue "
                  "on resource: py/db with an explicit deny in a resource-based policy",
                  api.get_secret_value, SecretId="py/db"), "AccessDeniedException")
    refused(api.exceptions.MalformedPolicyDocumentException, "This resource policy contains a syntax error.",
            api.put_resource_policy, SecretId="py/db", ResourcePolicy="{")
    refused(api.exceptions.PublicPolicyException, "You can't attach a resource-based policy that allows broad access to the secret.",
            api.put_resource_policy, SecretId="py/db", BlockPublicPolicy=True,
            ResourcePolicy='{"Statement":{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}}')
    api.delete_resource_policy(SecretId="py/db")
    equal(api.get_secret_value(SecretId="py/db")["SecretString"], "three")


def replicating():
    there = connect("eu-west-3")
    answer = api.replicate_secret_to_regions(SecretId="py/db", AddReplicaRegions=[{"Region": "eu-west-3"}])
    equal([(s["Region"], s["Status"]) for s in answer["ReplicationStatus"]], [("eu-west-3", "InProgress")])
    until(lambda: api.describe_secret(SecretId="py/db")["ReplicationStatus"][0]["Status"] == "InSync")
    equal(there.get_secret_value(SecretId="py/db")["SecretString"], "three")
    refused(there.exceptions.InvalidParameterException,
            "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
            there.put_secret_value, SecretId="py/db", SecretString="x")
    api.put_secret_value(SecretId="py/db", SecretString="four")
    until(lambda: there.get_secret_value(SecretId="py/db")["SecretString"] == "four")
    there.stop_replication_to_replica(SecretId="py/db")
    there.put_secret_value(SecretId="py/db", SecretString="mine")
    equal(api.get_secret_value(SecretId="py/db")["SecretString"], "four")
    equal(api.remove_regions_from_replication(SecretId="py/db", RemoveReplicaRegions=["eu-west-3"])["ReplicationStatus"], [])
    there.delete_secret(SecretId="py/db", ForceDeleteWithoutRecovery=True)


def until(true):
    """Asks again and again; each asking takes a moment."""
    for _ in range(5000):
        if true():
            return
    raise AssertionError("it never came true")


def deleting():
    gone = api.delete_secret(SecretId="py/db", RecoveryWindowInDays=7)
    days = (gone["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 86400
    assert 6.9 < days < 7.1, gone
    refused(api.exceptions.InvalidRequestException, DELETED, api.get_secret_value, SecretId="py/db")
    api.restore_secret(SecretId="py/db")
    api.delete_secret(SecretId="py/db", ForceDeleteWithoutRecovery=True)
    refused(api.exceptions.ResourceNotFoundException, NOT_FOUND, api.describe_secret, SecretId="py/db")


def unchecked():
    """What boto3 would refuse itself, sent all the same."""
    raw = connect(parameter_validation=False)
    equal(refused(ClientError, "1 validation error detected: Value '' at 'secretId' failed to satisfy constraint: "
                  "Member must have length greater than or equal to 1", raw.get_secret_value, SecretId=""), "ValidationException")
    equal(refused(ClientError, "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: "
                  "Member must not be null", raw.get_secret_value), "ValidationException")


writing()
describing()
listing()
batching()
protecting()
replicating()
deleting()
unchecked()
print("\n".join(sorted(called)))
