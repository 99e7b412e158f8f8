"""The Amazon S3 Encryption Client for Python, doing the jobs of `interop/s3`.

    python peer.py

It reads jobs from standard input, one JSON object in a line, and answers each with a line, in the same order. A job
that fails is answered with `error`; the program itself goes on.
"""

import hashlib
import io
import json
import sys

import boto3
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

PART_LENGTH = 5 * 1024 * 1024


def main():
    keys = {}
    for line in io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="\n"):
        job = json.loads(line)
        try:
            result = OPERATIONS[job["operation"]](job, keys)
        except Exception as error:  # whatever it is, it is the answer
            result = {"error": f"{type(error).__name__}: {error}"[:400]}
        print(json.dumps({"id": job["id"], **result}), flush=True)


def take_keys(job, keys):
    """What later jobs name."""
    with open(job["path"], encoding="utf-8") as file:
        keys.update(json.load(file))
    return {}


def write(job, keys):
    with open(job["plaintext"]["path"], "rb") as file:
        file.seek(job["plaintext"]["offset"])
        plaintext = file.read(job["plaintext"]["length"])
    client = client_for(job, keys)
    context = context_of(job)
    place = {"Bucket": job["bucket"], "Key": job["key"]}
    if job["way"] == "put":
        client.put_object(**place, Body=plaintext, **context)
    elif job["way"] == "upload":
        client.upload_fileobj(
            io.BytesIO(plaintext), job["bucket"], job["key"], multipart_chunksize=PART_LENGTH, **context
        )
    else:
        put_parts(client, place, plaintext, context)
    return {}


def put_parts(client, place, plaintext, context):
    upload = {**place, "UploadId": client.create_multipart_upload(**place, **context)["UploadId"]}
    count = max(1, -(-len(plaintext) // PART_LENGTH))
    parts = []
    for number in range(1, count + 1):
        body = plaintext[(number - 1) * PART_LENGTH : number * PART_LENGTH]
        sent = client.upload_part(**upload, PartNumber=number, Body=body, IsLastPart=number == count)
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


def read(job, keys):
    options = context_of(job)
    if "range" in job:
        options["Range"] = job["range"]
    if "suffix" in job:
        options["InstructionFileSuffix"] = job["suffix"]
    answer = client_for(job, keys).get_object(Bucket=job["bucket"], Key=job["key"], **options)
    return {"sha256": hashlib.sha256(answer["Body"].read()).hexdigest()}


def context_of(job):
    return {"EncryptionContext": dict(job["context"])} if job["context"] else {}


def client_for(job, keys):
    if job["keyring"]["kind"] != "kms":
        raise ValueError(f"no keyring {job['keyring']['kind']}")
    key = keys[job["keyring"]["key"]]
    kms = boto3.client("kms", region_name=key["region"])
    suite = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF
    policy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    if job["committing"]:
        suite = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
        policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    config = S3EncryptionClientConfig(
        keyring=KmsKeyring(kms_client=kms, kms_key_id=key["arn"]),
        encryption_algorithm=suite,
        commitment_policy=policy,
        enable_delayed_authentication=job["way"] == "delayed get",
    )
    # Each gets a client of its own, because encryption is installed in it.
    return S3EncryptionClient(boto3.client("s3", region_name="us-west-2"), config)


OPERATIONS = {"take keys": take_keys, "write": write, "read": read}

if __name__ == "__main__":
    main()
