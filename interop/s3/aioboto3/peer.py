"""The client-side encryption of aioboto3, doing the jobs of `interop/s3`.

    python peer.py

It reads jobs from standard input, one JSON object in a line, and answers each with a line, in the same order. A job
that fails is answered with `error`; the program itself goes on.
"""

import asyncio
import hashlib
import io
import json
import sys

from aioboto3.s3.cse import AsymmetricCryptoContext, KMSCryptoContext, S3CSE, SymmetricCryptoContext
from cryptography.hazmat.primitives import serialization


async def main():
    keys = {}
    for line in io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="\n"):
        job = json.loads(line)
        try:
            result = await OPERATIONS[job["operation"]](job, keys)
        except Exception as error:  # whatever it is, it is the answer
            result = {"error": f"{type(error).__name__}: {error}"[:400]}
        print(json.dumps({"id": job["id"], **result}), flush=True)


async def take_keys(job, keys):
    """What later jobs name."""
    with open(job["path"], encoding="utf-8") as file:
        keys.update(json.load(file))
    return {}


async def write(job, keys):
    with open(job["plaintext"]["path"], "rb") as file:
        file.seek(job["plaintext"]["offset"])
        plaintext = file.read(job["plaintext"]["length"])
    async with client_for(job, keys) as client:
        await client.put_object(Body=plaintext, Bucket=job["bucket"], Key=job["key"])
    return {}


async def read(job, keys):
    async with client_for(job, keys) as client:
        answer = await client.get_object(Bucket=job["bucket"], Key=job["key"])
        return {"sha256": hashlib.sha256(await answer["Body"].read()).hexdigest()}


def client_for(job, keys):
    return S3CSE(crypto_context=context_for(job, keys), s3_client_args={"region_name": "us-west-2"})


def context_for(job, keys):
    key = keys[job["keyring"]["key"]]
    kind = job["keyring"]["kind"]
    if kind == "aes":
        return SymmetricCryptoContext(bytes.fromhex(key))
    if kind == "rsa":
        return AsymmetricCryptoContext(
            public_key=serialization.load_pem_public_key(key["publicKey"].encode()),
            private_key=serialization.load_pem_private_key(key["privateKey"].encode(), None),
        )
    return KMSCryptoContext(
        key["arn"],
        kms_client_args={"region_name": key["region"]},
        authenticated_encryption=job["format"] != "V2 CBC",
    )


OPERATIONS = {"take keys": take_keys, "write": write, "read": read}

if __name__ == "__main__":
    asyncio.run(main())
