"""Drives a running Tokenry with pytan3, a published Python client of the Tanium platform, as its users would.

Takes TOKENRY_URL (https://127.0.0.1:PORT) and TOKENRY_ADMIN_PASSWORD (of the user `admin`) from the environment.
Prints one line per check and exits 1 if any failed. It leaves the server as it found it.

pytan3 is older than API tokens. They go through its HTTP machinery, and through its way to sign in with a session.
"""

import json
import os
import re
import ssl
import sys
import tempfile
import traceback
import warnings
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache

warnings.simplefilter("ignore")  # the libraries are old

# The requests of 2019 did this by itself, and pytan3 reads the server's certificate through it.
from urllib3.contrib.pyopenssl import inject_into_urllib3  # noqa: E402

inject_into_urllib3()
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they would win over the certificate that pytan3 takes
    os.environ.pop(name, None)

import pytan3  # noqa: E402

URL = os.environ["TOKENRY_URL"].rstrip("/")
PASSWORD = os.environ["TOKENRY_ADMIN_PASSWORD"]
ADMIN = {"username": "admin", "password": PASSWORD}
GATEWAY = "/plugin/products/gateway/graphql"
TRUSTED = "api_token_trusted_ip_address_list"
LOOPBACK = "127.0.0.1,::1"
SESSION = re.compile(r"\d+-\d+-[0-9a-f]{64}")
TOKEN = re.compile(r"token-[0-9a-f]{58}")
TIME = "%Y-%m-%dT%H:%M:%SZ"
KEPT = ("user", "persona", "notes", "trusted_ip_addresses", "expire_in_days")
CERTIFICATES = tempfile.TemporaryDirectory()
OBJECTS = pytan3.api_objects.load(api_type="rest")
OBJECTS.control_adhoc_warnings(False)  # members that came after pytan3
CHECKS = []


class ApiToken(pytan3.auth_methods.SessionId):
    """A token in place of a session. pytan3 reads the user's id from a session; a token has none."""

    uid = 0


def check(title):
    """Registers a check under what it promises."""

    def register(function):
        CHECKS.append((title, function))
        return function

    return register


def main():
    passed, failed = 0, 0
    before = trust(LOOPBACK)
    for title, function in CHECKS:
        try:
            function()
        except Exception:  # one check must not hide the next
            failed += 1
            print(f"FAIL  pytan3  {title}\n{traceback.format_exc()}", flush=True)
        else:
            passed += 1
            print(f"ok    pytan3  {title}", flush=True)
    trust(before)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def equal(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def matches(pattern, text):
    assert pattern.fullmatch(text), f"{text!r} does not match {pattern.pattern}"


@contextmanager
def raises(kind, status):
    try:
        yield
    except kind as error:
        answer = error.response if hasattr(error, "response") else error.result.origin
        assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    else:
        raise AssertionError(f"no {kind.__name__} was raised")


@cache
def http():
    """The client, which all share. It trusts the server's certificate, which it has fetched and keeps in a folder."""
    client = pytan3.http_client.HttpClient(url=URL)
    client.certify(path=CERTIFICATES.name, verify_hook=expected)
    return client


def expected(store, store_chain, parsed_url):
    """What pytan3 asks before it keeps a certificate."""
    pem = ssl.get_server_certificate((parsed_url.hostname, parsed_url.port))
    equal(store.pem.split(), pem.split())


def credentials(**more):
    return pytan3.auth_methods.Credentials(http(), **{**ADMIN, **more})


def rest_credentials(**more):
    return pytan3.auth_methods.RestCredentials(http(), **{**ADMIN, **more})


def rest(method):
    return pytan3.api_clients.Rest(method.http_client, method)


def adapter():
    return pytan3.adapters.load("rest")(api_client=rest(rest_credentials()), api_objects=OBJECTS)


@contextmanager
def signed_in():
    """The REST client of the administrator, whose session ends with it."""
    method = rest_credentials()
    try:
        yield rest(method)
    finally:
        method.logout()


def with_token(token):
    return rest(ApiToken(http(), token))


def data(answer):
    """What an answer holds; every one of them has this shape."""
    equal(answer.status_code, 200)
    equal(answer.headers["Content-Type"], "application/json")
    body = answer.json()
    equal(list(body), ["data"])
    return body["data"]


def refused(answer, status, words=""):
    equal(answer.status_code, status)
    body = answer.json()
    equal(list(body), ["text"])
    assert words in body["text"], body


def dead(token):
    refused(with_token(token)("users/by-name/admin"), 401)


def trust(addresses):
    """Sets which addresses may use tokens; answers with what it was."""
    through = adapter()
    setting = OBJECTS.SystemSetting(name=TRUSTED)
    before = through.api_get(setting)(raw=True)["value"]
    setting.value = addresses
    equal(through.api_update(setting)(raw=True)["value"], addresses)
    equal(through.api_get(setting)(raw=True)["value"], addresses)
    through.auth_method.logout()
    return before


@contextmanager
def trusting(addresses):
    before = trust(addresses)
    try:
        yield
    finally:
        trust(before)


@contextmanager
def a_token(**fields):
    """A token of the administrator; it, and what became of it by rotation, is gone afterwards."""
    notes = f"pytan3 {os.urandom(6).hex()}"
    with signed_in() as client:
        try:
            body = {"notes": notes, "expire_in_days": 2, **fields}
            yield data(client("api_tokens", method="post", data=json.dumps(body)))
        finally:
            for token in data(client("api_tokens")):
                if token["notes"] == notes:
                    data(client(f"api_tokens/{token['id']}", method="delete"))


def rotate(client, token):
    return client("api_tokens", method="patch", data=json.dumps({"token_string": token}))


def graphql(client, query, variables=None):
    answer = client.http_client(
        method="post",
        path=GATEWAY,
        headers={**client.auth_method.token_headers, "Content-Type": "application/json"},
        data=json.dumps({"query": query, "variables": variables}),
    )
    equal(answer.status_code, 200)
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


# The server


@check("the server's certificate is taken, checked and used")
def _():
    client = http()
    assert client.certify.using_custom_cert, "no certificate was kept"
    equal(client(path="/config/console.json").status_code, 200)


@check("the version is told to anybody, and is one that has the REST API")
def _():
    version = pytan3.api_clients.get_version(http())
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", version), version
    assert pytan3.utils.versions.version_check(version=version, vmin="7.3.314.3409"), version


@check("what the server says of itself is an object of JSON")
def _():
    with signed_in() as client:
        assert isinstance(client.info, dict), client.info


# Signing in


@check("user and password sign in at /auth, and the session is good for REST")
def _():
    method = credentials()
    matches(SESSION, method.login())
    before = method.token
    equal(method.validate(), before)
    equal(data(rest(method)(f"users/{method.uid}"))["name"], "admin")
    method.logout()
    assert not method.logged_in


@check("user and password sign in at session/login")
def _():
    method = rest_credentials()
    matches(SESSION, method.login())
    before = method.token
    equal(method.validate(), before)
    equal(data(rest(method)("users/by-name/admin"))["id"], method.uid)
    method.logout()
    assert not method.logged_in


@check("a session's string signs in")
def _():
    owner = rest_credentials()
    session = owner.login()
    method = pytan3.auth_methods.SessionId(http(), session)
    equal(method.validate(), session)
    equal(data(rest(method)("users/by-name/admin"))["id"], owner.uid)
    method.logout()
    with raises(pytan3.auth_methods.exceptions.InvalidToken, 403):
        owner.validate()


@check("a wrong password is refused, at both places")
def _():
    for sign_in in (credentials, rest_credentials):
        with raises(pytan3.auth_methods.exceptions.LoginError, 401):
            sign_in(password="wrong").login()


@check("a session that was signed out is refused everywhere")
def _():
    for sign_in in (credentials, rest_credentials):
        method = sign_in()
        session = method.login()
        method.logout()
        method.token = session
        with raises(pytan3.auth_methods.exceptions.InvalidToken, 403):
            method.validate()
        stale = pytan3.auth_methods.SessionId(http(), session)
        refused(rest(stale)("users/by-name/admin"), 403, "InvalidSession")


@check("one sign-out can end all sessions of the user")
def _():
    first, second = credentials(), rest_credentials()
    first.login()
    second.login()
    first.logout_all()
    with raises(pytan3.auth_methods.exceptions.InvalidToken, 403):
        second.validate()


# Objects


@check("users are found by id, by name and in the list")
def _():
    through = adapter()
    mine = through.api_get(OBJECTS.User(name="admin"))(raw=True)
    equal(mine["id"], through.auth_method.uid)
    equal(through.api_get(OBJECTS.User(id=mine["id"]))(raw=True)["name"], "admin")
    assert any(user["name"] == "admin" for user in through.api_get(OBJECTS.UserList())(raw=True))
    missing = through.api_get(OBJECTS.User(name="nobody-here"))
    with raises(pytan3.results.exceptions.ObjectNotFoundError, 404):
        missing(raw=True)
    through.auth_method.logout()


# Tokens


@check("a token is made with what was asked for")
def _():
    with a_token(name="export", trusted_ip_addresses="192.0.2.7,198.51.100.0/24") as token:
        matches(TOKEN, token["token_string"])
        equal((token["user"]["name"], token["persona"]["id"], token["deleted_flag"]), ("admin", 0, 0))
        equal((token["name"], token["expire_in_days"]), ("export", 2))
        equal(token["trusted_ip_addresses"], "192.0.2.7,198.51.100.0/24")
        created, ends = (datetime.strptime(token[key], TIME) for key in ("created_time", "expiration"))
        equal(ends - created, timedelta(days=2))
        equal(token["last_used_on"], token["created_time"])


@check("a token works only from an address that is trusted")
def _():
    with a_token() as token:
        with trusting("192.0.2.7"):
            dead(token["token_string"])
        data(with_token(token["token_string"])("users/by-name/admin"))


@check("a token signs in, at both places")
def _():
    with a_token() as token:
        string = token["token_string"]
        method = ApiToken(http(), string)
        equal(method.validate(), string)
        answer = rest(method)("session/validate", method="post", data=json.dumps({"session": string}))
        equal(data(answer), {"session": string})
        equal(data(rest(method)("users/by-name/admin"))["name"], "admin")


@check("a token lists tokens, itself among them, and never a string")
def _():
    with a_token() as token:
        client = with_token(token["token_string"])
        found = data(client("api_tokens"))
        assert not any("token_string" in each for each in found), "a list shows strings"
        mine = [each for each in found if each["id"] == token["id"]]
        equal([each["notes"] for each in mine], [token["notes"]])
        equal(data(client(f"api_tokens/{token['id']}"))["notes"], token["notes"])


@check("a token rotates itself: the old string and id are gone, the new ones are good")
def _():
    with a_token(trusted_ip_addresses="192.0.2.7") as old:
        new = data(rotate(with_token(old["token_string"]), old["token_string"]))
        assert new["id"] > old["id"], f"{old['id']} became {new['id']}"
        matches(TOKEN, new["token_string"])
        assert new["token_string"] != old["token_string"]
        equal({key: new[key] for key in KEPT}, {key: old[key] for key in KEPT})
        dead(old["token_string"])
        client = with_token(new["token_string"])
        refused(client(f"api_tokens/{old['id']}"), 404, "APITokenNotFound")
        equal(data(client(f"api_tokens/{new['id']}"))["id"], new["id"])


@check("a deleted token is refused")
def _():
    with a_token() as token, signed_in() as client:
        gone = data(client(f"api_tokens/{token['id']}", method="delete"))
        equal((gone["id"], gone["deleted_flag"]), (token["id"], 1))
        dead(token["token_string"])
        refused(client(f"api_tokens/{token['id']}"), 404, "APITokenNotFound")


@check("a rotation without a token string is refused, and nothing is lost")
def _():
    with a_token() as token:
        client = with_token(token["token_string"])
        equal(client("api_tokens", method="patch", data="not json").status_code, 400)
        data(client(f"api_tokens/{token['id']}"))


# The gateway


@check("the gateway tells the time to a session and to a token")
def _():
    with a_token() as token, signed_in() as client:
        for each in (client, with_token(token["token_string"])):
            datetime.strptime(graphql(each, "{ now }")["now"], TIME)


@check("the gateway lists and rotates the same tokens as REST")
def _():
    with a_token() as old:
        client = with_token(old["token_string"])
        mine = "{ myAPITokens { tokens { id notes expiration trustedIPAddresses tokenString } error { message } } }"
        listed = graphql(client, mine)["myAPITokens"]
        equal(listed["error"], None)
        found = {each["id"]: each for each in listed["tokens"]}[str(old["id"])]
        equal(found["notes"], old["notes"])
        equal((found["expiration"], found["trustedIPAddresses"], found["tokenString"]), (old["expiration"], [], None))

        asked = "mutation($t: String!) { apiTokenRotate(input: {tokenString: $t}) { %s error { message } } }"
        turn = asked % "token { id tokenString }"
        turned = graphql(client, turn, {"t": old["token_string"]})["apiTokenRotate"]
        equal(turned["error"], None)
        dead(old["token_string"])
        new = data(with_token(turned["token"]["tokenString"])(f"api_tokens/{turned['token']['id']}"))
        equal(new["notes"], old["notes"])


if __name__ == "__main__":
    sys.exit(main())
