"""Backups in S3-compatible storage. Address and credentials come from boto3's own places (AWS_ENDPOINT_URL_S3, ...)."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from consent.vault.shelves import NAME, ShelfTrouble


class BucketShelf:
    """One prefix of one bucket. What is under it is never changed: a file that is there is not written again."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client = boto3.client("s3")

    def put(self, name: str, content: bytes) -> None:
        """Keep a new file. Raises: ShelfTrouble."""
        key = self._key(name)
        if self._is_there(key):
            raise ShelfTrouble(f"{name} is in the bucket already.")
        try:
            self._client.put_object(Bucket=self.bucket, Key=key, Body=content)
        except (BotoCoreError, ClientError) as error:
            raise self._trouble("written", error) from error

    def get(self, name: str) -> bytes:
        """Give a file. Raises: ShelfTrouble."""
        try:
            return self._client.get_object(Bucket=self.bucket, Key=self._key(name))["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise self._trouble("read", error) from error

    def names(self, ending: str) -> Iterator[str]:
        """Give the names of all files that end so. Raises: ShelfTrouble."""
        found = []
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix):
                found += [each["Key"].removeprefix(self.prefix) for each in page.get("Contents", ())]
        except (BotoCoreError, ClientError) as error:
            raise self._trouble("listed", error) from error
        yield from sorted(name for name in found if name.endswith(ending) and NAME.fullmatch(name))

    def _is_there(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                return False
            raise self._trouble("written", error) from error
        except BotoCoreError as error:
            raise self._trouble("written", error) from error
        return True

    def _key(self, name: str) -> str:
        if not NAME.fullmatch(name):
            raise ShelfTrouble("The backup names a file that belongs in none.")
        return self.prefix + name

    def _trouble(self, what: str, error: Exception) -> ShelfTrouble:
        # The library's words may quote an address with credentials in it.
        code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
        return ShelfTrouble(f"The bucket {self.bucket} cannot be {what}: {code or type(error).__name__}.")
