"""Drives a running Tokenry with Authlib and requests_oauth2client, as a service does that checks tokens.

Takes from the environment: TOKENRY_URL (https://127.0.0.1:PORT, also the issuer), TOKENRY_ADMIN_PASSWORD, TOKENRY_CLIENT
and TOKENRY_CLIENT_SECRET (a caller of the gate who may introspect), and the server's certificate in REQUESTS_CA_BUNDLE.
Prints one line per check and exits 1 if any failed.
"""

import os
import sys
import traceback

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from requests_oauth2client import OAuth2Client, UnauthorizedClient
from requests_oauth2client.exceptions import InvalidClient

URL = os.environ["TOKENRY_URL"]
ADMIN = ("admin", os.environ["TOKENRY_ADMIN_PASSWORD"])
CLIENT = os.environ["TOKENRY_CLIENT"]
SECRET = os.environ["TOKENRY_CLIENT_SECRET"]
METADATA = requests.get(f"{URL}/.well-known/oauth-authorization-server", timeout=30).json()


def token():
    answer = requests.post(
        f"{URL}/services/authorization/tokens?output_mode=json",
        auth=ADMIN,
        data={"name": "admin", "audience": "orders"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["entry"][0]["content"]["token"]


def authlib_reads_the_metadata():
    metadata = AuthorizationServerMetadata(METADATA)
    metadata.validate_issuer()
    metadata.validate_jwks_uri()
    metadata.validate_introspection_endpoint()
    metadata.validate_introspection_endpoint_auth_methods_supported()
    metadata.validate_revocation_endpoint()
    metadata.validate_revocation_endpoint_auth_methods_supported()


def authlib_introspects_and_revokes():
    for way in ("client_secret_basic", "client_secret_post"):
        string = token()
        session = OAuth2Session(CLIENT, SECRET, token_endpoint_auth_method=way)
        session.revocation_endpoint_auth_method = way

        def ask():
            return session.introspect_token(METADATA["introspection_endpoint"], token=string)

        told = ask().json()
        assert told["active"] is True and told["username"] == "admin", told
        assert "exp" not in told, "it lasts for ever"
        revoked = session.revoke_token(METADATA["revocation_endpoint"], token=string)
        assert revoked.status_code == 200, revoked.text
        assert ask().json() == {"active": False}


def requests_oauth2client_finds_introspects_and_revokes():
    for way in ("client_secret_basic", "client_secret_post"):
        client = OAuth2Client.from_discovery_document(
            {**METADATA, "token_endpoint": f"{URL}/none"}, auth=(CLIENT, SECRET), auth_method=way
        )
        string = token()
        told = client.introspect_token(string)
        assert told["active"] is True and told["aud"] == "orders", told
        assert client.introspect_token("rubbish") == {"active": False}
        assert client.revoke_token(string) is True
        assert client.introspect_token(string) == {"active": False}
        assert client.revoke_token(string) is True, "once more"


def requests_oauth2client_is_refused_with_a_wrong_secret():
    client = OAuth2Client(
        token_endpoint=f"{URL}/none",
        introspection_endpoint=METADATA["introspection_endpoint"],
        client_id=CLIENT,
        client_secret="wrong",
    )
    try:
        client.introspect_token("rubbish")
    except (InvalidClient, UnauthorizedClient):
        return
    raise AssertionError("it was not refused")


failed = False
for check in (
    authlib_reads_the_metadata,
    authlib_introspects_and_revokes,
    requests_oauth2client_finds_introspects_and_revokes,
    requests_oauth2client_is_refused_with_a_wrong_secret,
):
    name = check.__name__.replace("_", " ")
    try:
        check()
        print(f"ok      {name}")
    except Exception:
        failed = True
        print(f"FAILED  {name}")
        traceback.print_exc(file=sys.stdout)
sys.exit(1 if failed else 0)
