"""Asks an API behind mod_oauth2, and one behind mod_auth_openidc, with good tokens and others.

Takes their URLs as arguments, and TOKENRY_URL, TOKENRY_ADMIN_PASSWORD and TOKENRY_CERTIFICATE from the environment.
Prints one line per check and exits 1 if any failed.
"""

import os
import sys
import time

import requests

URL = os.environ["TOKENRY_URL"]
ADMIN = ("admin", os.environ["TOKENRY_ADMIN_PASSWORD"])
TOKENS = f"{URL}/services/authorization/tokens"
CA = os.environ["TOKENRY_CERTIFICATE"]
NAMES = dict(zip(sys.argv[1:], ("mod_oauth2", "mod_auth_openidc")))


def token(audience):
    form = {"name": "admin", "audience": audience}
    made = requests.post(f"{TOKENS}?output_mode=json", auth=ADMIN, data=form, verify=CA, timeout=30)
    assert made.status_code == 201, made.text
    return made.json()["entry"][0]["content"]["token"]


def ask(api, string=None, headers=None):
    headers = dict(headers or {})
    if string is not None:
        headers["Authorization"] = f"Bearer {string}"
    return requests.get(f"{api}/orders/7", headers=headers, timeout=30)


def wait_until_ready(api):
    deadline = time.monotonic() + 30
    while True:
        try:
            return ask(api)
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def a_good_token_passes_and_the_api_hears_whose_it_is(api):
    forged = {"X-Auth-sub": "root", "X-Auth-username": "root"}
    answer = ask(api, token("orders"), forged)
    assert answer.status_code == 200, answer.status_code
    heard = answer.json()
    assert heard["x-auth-sub"] == "admin", heard
    assert heard["x-auth-username"] == "admin", heard
    assert "authorization" not in heard and "x-auth-access_token" not in heard, heard


def nobody_else_passes(api):
    for string in (None, "rubbish", token("reports"), token("orders")[:-1]):
        status = ask(api, string).status_code
        assert status in (401, 403), f"{status} for {string and string[:8]}"


def a_token_that_is_revoked_is_refused_at_once(api):
    string = token("orders")
    assert ask(api, string).status_code == 200
    revoked = requests.post(f"{URL}/oauth2/revoke", data={"token": string}, verify=CA, timeout=30)
    assert revoked.status_code == 200, revoked.text
    assert ask(api, string).status_code == 401


failed = False
for url, name in NAMES.items():
    wait_until_ready(url)
    for check in (
        a_good_token_passes_and_the_api_hears_whose_it_is,
        nobody_else_passes,
        a_token_that_is_revoked_is_refused_at_once,
    ):
        what = check.__name__.replace("_", " ")
        try:
            check(url)
            print(f"ok      {name}: {what}")
        except Exception as error:
            failed = True
            print(f"FAILED  {name}: {what}: {error!r}")
sys.exit(1 if failed else 0)
