"""Drives a running Tokenry with the vendor's own Python client (splunk-sdk), as its users would.

Takes TOKENRY_URL (https://127.0.0.1:PORT) and TOKENRY_ADMIN_PASSWORD (of the user `admin`) from the environment.
Prints one line per check and exits 1 if any failed. It leaves the server as it found it.

Not here: what the client never asks for. The Rust tests cover that.
"""

import json
import os
import ssl
import sys
import traceback
from contextlib import contextmanager
from http.client import HTTPSConnection
from urllib.parse import urlencode, urlparse

from splunklib.binding import AuthenticationError, HTTPError, namespace
from splunklib.client import NoSuchCapability, Service, connect

URL = urlparse(os.environ["TOKENRY_URL"])
WHERE = {"scheme": URL.scheme, "host": URL.hostname, "port": URL.port}
ADMIN = {"username": "admin", "password": os.environ["TOKENRY_ADMIN_PASSWORD"]}
PASSWORD = "correct horse battery staple"
LATER = "a different horse, another staple"
CHECKS = []


def check(title):
    """Registers a check under what it promises."""

    def register(function):
        CHECKS.append((title, function))
        return function

    return register


def main():
    passed, failed = 0, 0
    for title, function in CHECKS:
        try:
            function()
        except Exception:  # one check must not hide the next
            failed += 1
            print(f"FAIL  python  {title}\n{traceback.format_exc()}", flush=True)
        else:
            passed += 1
            print(f"ok    python  {title}", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def admin(**more):
    return connect(**WHERE, **ADMIN, **more)


def equal(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


@contextmanager
def raises(kind, status=None):
    try:
        yield
    except kind as error:
        if status is not None:
            equal(error.status, status)
    else:
        raise AssertionError(f"no {kind.__name__} was raised")


@contextmanager
def a_user(name, roles):
    users = admin().users
    try:
        yield users.create(name, PASSWORD, roles)
    finally:
        if name in users:
            users.delete(name)


@contextmanager
def a_role(name, **fields):
    roles = admin().roles
    try:
        yield roles.create(name, **fields)
    finally:
        if name in roles:
            roles.delete(name)


@contextmanager
def a_token(name):
    """Creates a token as any program would that has no client library; yields its id and its string."""
    connection = HTTPSConnection(URL.hostname, URL.port, context=ssl._create_unverified_context(), timeout=20)
    form = urlencode({"name": name, "audience": "sdk tests", "expires_on": "+1d", "output_mode": "json"})
    session = admin()
    headers = {"Authorization": session.token, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/services/authorization/tokens", form, headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 201, f"{answer.status}: {body!r}"
    content = json.loads(body)["entry"][0]["content"]
    try:
        yield content["id"], content["token"]
    finally:
        if name in session.users:  # else the token went with its owner
            session.delete(f"authorization/tokens/{name}", id=content["id"])


def names(collection):
    return [entity.name for entity in collection]


# Signing in


@check("user and password sign in, and the session cookie alone carries every request")
def _():
    service = admin()
    assert service.token.startswith("Splunk "), "no session key"
    assert service.has_cookies(), "no splunkd_ cookie"
    equal([header for header, _ in service._auth_headers], ["Cookie"])
    assert "admin" in names(service.users)


@check("every answer to the cookie sets it anew, with the same value")
def _():
    service = admin()
    before = dict(service.get_cookies())
    answer = service.get("apps/local")
    assert any(name.lower() == "set-cookie" for name, _ in answer.headers), "no cookie in the answer"
    equal(service.get_cookies(), before)


@check("a session key signs in without a cookie")
def _():
    service = Service(**WHERE, token=admin().token)
    assert "admin" in names(service.users)


@check("Basic authentication signs each request")
def _():
    service = connect(**WHERE, **ADMIN, basic=True)
    assert "admin" in names(service.users)
    assert not service.has_cookies(), "Basic got a session cookie"


@check("a wrong password, an unknown user and no credentials at all are AuthenticationErrors")
def _():
    for wrong in ({"username": "admin", "password": "wrong"}, {"username": "nobody-here", "password": "wrong"}, {}):
        with raises(AuthenticationError, 401):
            connect(**WHERE, **wrong)


@check("wrong Basic credentials are an AuthenticationError")
def _():
    with raises(AuthenticationError, 401):
        connect(**WHERE, username="admin", password="wrong", basic=True).users.list()


@check("after logout nothing works until login")
def _():
    service = admin()
    service.logout()
    with raises(AuthenticationError, 401):
        service.users.list()
    service.login()
    assert "admin" in service.users


@check("autologin signs in again when the session is gone")
def _():
    service = admin(autologin=True)
    service.logout()
    assert "admin" in service.users
    service.logout()
    service.token = "Splunk not-a-session"
    assert "admin" in service.users


# Tokens


@check("a token made over REST signs in as a bearer and lists users and roles")
def _():
    with a_token("admin") as (_, token):
        service = connect(**WHERE, splunkToken=token)
        assert "admin" in names(service.users)
        assert "admin" in names(service.roles)
        assert not service.has_cookies(), "a bearer got a session cookie"


@check("a token is good as a session key, too")
def _():
    with a_token("admin") as (_, token):
        assert "admin" in Service(**WHERE, token=token).users


@check("a token that was changed by one letter is an AuthenticationError")
def _():
    with a_token("admin") as (_, token):
        middle = len(token) // 2
        forged = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
        with raises(AuthenticationError, 401):
            connect(**WHERE, splunkToken=forged).users.list()


@check("a disabled token stops at once, works again when enabled, and is gone when deleted")
def _():
    service = admin()
    with a_token("admin") as (id_, token):
        bearer = connect(**WHERE, splunkToken=token)
        assert "admin" in bearer.users
        service.post("authorization/tokens/admin", id=id_, status="disabled")
        with raises(AuthenticationError, 401):
            bearer.users.list()
        service.post("authorization/tokens/admin", id=id_, status="enabled")
        assert "admin" in bearer.users
        service.delete("authorization/tokens/admin", id=id_)
        with raises(AuthenticationError, 401):
            bearer.users.list()


@check("a token has the rights its owner has now")
def _():
    with a_role("sdk_reader", capabilities=["list_all_users"]), a_user("sdk-demoted", ["sdk_reader"]) as user:
        with a_token("sdk-demoted") as (_, token):
            bearer = connect(**WHERE, splunkToken=token)
            assert "admin" in bearer.users
            user.update(roles=["user"])
            with raises(HTTPError, 403):
                bearer.users.list()
            user.delete()
            with raises(AuthenticationError, 401):
                bearer.users.list()


# Users


@check("a user is made, read, changed and deleted")
def _():
    service = admin()
    with a_user("sdk-alice", ["user", "power"]) as user:
        equal(user.name, "sdk-alice")
        equal(sorted(user["roles"]), ["power", "user"])
        equal(user["email"], None)
        user.update(realname="Alice", email="alice@example.com", roles=["user"]).refresh()
        equal((user["realname"], user["email"], user["roles"]), ("Alice", "alice@example.com", ["user"]))
        equal(names(user.role_entities), ["user"])
        again = service.users["sdk-alice"]
        equal((again["realname"], again["type"]), ("Alice", "Splunk"))
        service.users.delete("sdk-alice")
        assert "sdk-alice" not in service.users


@check("names of users are read without case")
def _():
    with a_user("sdk-bob", "user"):
        assert "SDK-Bob" in admin().users
        connect(**WHERE, username="SDK-BOB", password=PASSWORD)


@check("names that need percent-encoding survive")
def _():
    with a_user("sdk+carol@example.com", "user") as user:
        user.update(realname="Carol").refresh()
        equal(admin().users["sdk+carol@example.com"]["realname"], "Carol")
        user.delete()
        assert "sdk+carol@example.com" not in admin().users


@check("a new password replaces the old one")
def _():
    with a_user("sdk-dave", "user") as user:
        user.update(password=LATER)
        with raises(AuthenticationError, 401):
            connect(**WHERE, username="sdk-dave", password=PASSWORD)
        service = connect(**WHERE, username="sdk-dave", password=LATER)
        service.users["sdk-dave"].update(password=PASSWORD, oldpassword=LATER)
        connect(**WHERE, username="sdk-dave", password=PASSWORD)


@check("an unknown user is a KeyError to read and a client error to delete")
def _():
    users = admin().users
    with raises(KeyError):
        users["sdk-nobody"]
    try:
        users.delete("sdk-nobody")
    except KeyError:
        pass
    except HTTPError as error:
        equal(error.status, 400)
    else:
        raise AssertionError("an unknown user was deleted")


@check("a user with an unknown role is refused, and so is one who exists already")
def _():
    users = admin().users
    with raises(HTTPError, 400):
        users.create("sdk-erin", PASSWORD, ["no_such_role"])
    with a_user("sdk-erin", "user"), raises(HTTPError):
        users.create("sdk-erin", PASSWORD, ["user"])


@check("a user without the capability is refused with 403 and may still read himself")
def _():
    with a_user("sdk-frank", "user"):
        service = connect(**WHERE, username="sdk-frank", password=PASSWORD)
        with raises(HTTPError, 403):
            service.users.create("sdk-grace", PASSWORD, ["admin"])
        equal(service.users["sdk-frank"].name, "sdk-frank")


@check("lists can be paged, counted, searched and sorted")
def _():
    with a_user("sdk-heidi", "user"), a_user("sdk-ivan", "user"):
        users = admin().users
        everybody = names(users)
        equal(len(users), len(everybody))
        equal(names(users.iter(pagesize=1)), everybody)
        equal(names(users.list(count=2, offset=1)), everybody[1:3])
        equal(names(users.list(sort_dir="desc", sort_key="name")), everybody[::-1])
        equal(names(users.list(search="sdk-heidi")), ["sdk-heidi"])


@check("an entity says who may see it and which fields it takes")
def _():
    user = admin().users["admin"]
    for part in ("owner", "app", "sharing"):
        assert part in user.access, f"no {part} in the access list"
    for part in ("required", "optional", "wildcard"):
        assert isinstance(user.refresh().fields[part], list), f"fields.{part} is no list"
    assert "alternate" in user.links


# Roles


@check("a role is made, granted and revoked capabilities, and deleted")
def _():
    service = admin()
    with a_role("sdk_role") as role:
        equal(role["capabilities"], [])
        role.grant("list_tokens_own", "edit_tokens_own").refresh()
        equal(sorted(role["capabilities"]), ["edit_tokens_own", "list_tokens_own"])
        role.revoke("list_tokens_own").refresh()
        equal(role["capabilities"], ["edit_tokens_own"])
        role.revoke("edit_tokens_own").refresh()
        equal(role["capabilities"], [])
        with raises(NoSuchCapability):
            role.grant("no_such_capability")
        service.roles.delete("sdk_role")
        assert "sdk_role" not in service.roles


@check("a role imports other roles")
def _():
    with a_role("sdk_importer", imported_roles=["user"]) as role:
        equal(role["imported_roles"], ["user"])
        assert "list_tokens_own" in role["imported_capabilities"]
        role.update(imported_roles="").refresh()
        equal(role["imported_roles"], [])


@check("a role is deleted through its own link")
def _():
    with a_role("sdk_gone") as role:
        role.delete()
        with raises(KeyError):
            admin().roles["sdk_gone"]


@check("all roles are listed, and found without case")
def _():
    roles = admin().roles
    assert {"admin", "power", "user"} <= set(names(roles))
    equal(roles["USER"].name, "user")


@check("the list of capabilities holds those that matter")
def _():
    known = admin().capabilities
    wanted = {"edit_tokens_all", "edit_tokens_own", "edit_tokens_settings", "list_tokens_all", "list_tokens_own"}
    assert wanted <= set(known), f"missing: {wanted - set(known)}"


# The rest of the server


@check("info tells a dotted version")
def _():
    service = admin()
    assert service.info["serverName"]
    assert len(service.splunk_version) >= 3, service.splunk_version
    assert service.splunk_version >= (6, 2), "the client's own tests ask for 6.2"


@check("apps are listed, and read by name")
def _():
    apps = admin().apps
    assert "search" in names(apps)
    equal(apps["search"].name, "search")


@check("messages are listed, and no restart is required")
def _():
    service = admin()
    service.messages.list()
    equal(service.restart_required, False)


@check("every namespace shows the same users and roles")
def _():
    everybody = names(admin().users)
    for place in ({"owner": "-", "app": "-"}, {"owner": "nobody", "app": "search"}, {"owner": "admin", "app": "search"}):
        service = admin(**place)
        equal(names(service.users), everybody)
        equal(service.roles["user"].name, "user")
        equal(service.apps["search", namespace(sharing="system")].name, "search")


@check("configuration files, which this server has not, are not found")
def _():
    try:
        admin().confs.list()
    except HTTPError as error:
        equal(error.status, 404)
    else:
        raise AssertionError("configuration files were listed")


if __name__ == "__main__":
    sys.exit(main())
