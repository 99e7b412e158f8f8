"""The AWS Encryption SDK for Python, doing the jobs of `interop/run.mjs`.

    python peer.py

It reads jobs from standard input, one JSON object in a line, and answers each with a line, in the same order. A job
that fails is answered with `error`; the program itself goes on.
"""

import hashlib
import io
import json
import sys

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import AlgorithmSuite
from branch_keys import create_branch_key, create_table, read_branch_key, version_branch_key
from materials import materials

STREAM_READ = 1000


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


def encrypt(job, keys):
    with open(job["plaintext"]["path"], "rb") as file:
        file.seek(job["plaintext"]["offset"])
        plaintext = file.read(job["plaintext"]["length"])
    options = {
        **materials(job, keys),
        "encryption_context": dict(job["context"]),
        "algorithm": AlgorithmSuite.get_by_id(job["suite"]),
        "frame_length": job["frameLength"],
    }
    policy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    if job["suite"] in (0x0478, 0x0578):
        policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    client = EncryptionSDKClient(commitment_policy=policy)
    ciphertext, _ = run(client, "e", job["streamed"], source=plaintext, **options)
    with open(job["message"], "wb") as file:
        file.write(ciphertext)
    return {}


def decrypt(job, keys):
    with open(job["message"], "rb") as file:
        ciphertext = file.read()
    options = materials(job, keys)
    if job["reproduced"]:
        options["encryption_context"] = dict(job["reproduced"])
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    plaintext, header = run(client, "d", job["streamed"], source=ciphertext, **options)
    return {
        "sha256": hashlib.sha256(plaintext).hexdigest(),
        "suite": header.algorithm.algorithm_id,
        "context": sorted(header.encryption_context.items()),
    }


def run(client, mode, streamed, source, **options):
    if not streamed:
        one_shot = client.encrypt if mode == "e" else client.decrypt
        return one_shot(source=source, **options)
    output = io.BytesIO()
    with client.stream(mode=mode, source=io.BytesIO(source), **options) as stream:
        while chunk := stream.read(STREAM_READ):
            output.write(chunk)
        return output.getvalue(), stream.header


OPERATIONS = {
    "take keys": take_keys,
    "encrypt": encrypt,
    "decrypt": decrypt,
    "create table": create_table,
    "create branch key": create_branch_key,
    "version branch key": version_branch_key,
    "read branch key": read_branch_key,
}

if __name__ == "__main__":
    main()
