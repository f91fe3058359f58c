"""Makes real tokens with a started server, hides them among strings that only look like tokens, and asserts what
scanners find of them.

    check.py URL CERTIFICATE PASSWORD_FILE DIRECTORY
"""

import importlib.util
import json
import re
import ssl
import subprocess
import sys
import sysconfig
import tomllib
import types
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "examples" / "scanners"
KINGFISHER = Path(sysconfig.get_path("scripts")) / "kingfisher"

# Where secrets turn up.
PLACES = [
    "{}\n",
    'token = "{}"\n',
    "export API_TOKEN={}\n",
    "Authorization: Bearer {}\n",
    '{{"name":"nightly","token":"{}","id":1}}\n',
    "curl -H 'Authorization: Bearer {}' https://example.com/\n",
    "- name: API_TOKEN\n  value: {}\n",
]


def post(url, certificate, path, body, headers):
    context = ssl.create_default_context(cafile=certificate)
    request = urllib.request.Request(url + path, body.encode(), headers)
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:
        return json.load(answer)


def real_tokens(url, certificate, password):
    form = urllib.parse.urlencode({"username": "admin", "password": password, "output_mode": "json"})
    key = post(url, certificate, "/services/auth/login", form, {})["sessionKey"]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for number in range(len(PLACES)):
        body = json.dumps({"kind": ["pat", "svc"][number % 2], "scope": ["search"]})
        yield post(url, certificate, "/api/v1/tokens", body, headers)["token"]


def decoys(token):
    """Nothing of this is a token. Some of it only a checksum tells from one."""
    other = lambda letter: "x" if letter != "x" else "y"
    yield token[:-1] + other(token[-1])
    yield token[:20] + other(token[20]) + token[21:]
    yield token[:8] + token[:7:-1]
    yield token.replace("_pat_", "_svc_") if "_pat_" in token else token.replace("_svc_", "_pat_")
    yield token[:8] + token[8:].swapcase()
    yield token[:-1]
    yield token + "0"
    yield token.replace("tky_", "akt_")
    yield token.upper()


def kingfisher(directory):
    command = [KINGFISHER, "scan", "--no-update-check", "--no-validate", "--load-builtins=false", "--git-history=none"]
    command += ["--rules-path", RULES / "kingfisher.yml", "--format", "json", "--no-dedup", *directory]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    # 200 is its way to say that there are findings.
    assert ran.returncode in (0, 200), ran.stderr
    report = json.loads(ran.stdout.splitlines()[0])
    assert report["metadata"]["update_check_status"] == "disabled"
    assert report["metadata"]["summary"]["rules_applied"] == 1
    return report


def found_by_kingfisher(directory):
    findings = [finding["finding"] for finding in kingfisher([directory])["findings"]]
    return {(Path(one["path"]).name, one["snippet"]) for one in findings}


def regexes(directory, find):
    return {(file.name, found) for file in directory.iterdir() for found in find(file.read_text())}


def plugin():
    """The plugin with a stand-in for the base class of detect-secrets, which does the same with one `denylist`."""

    class RegexBasedDetector:
        def analyze_string(self, string):
            return (match for regex in self.denylist for match in regex.findall(string))

    base = types.ModuleType("detect_secrets.plugins.base")
    base.RegexBasedDetector = RegexBasedDetector
    for name in ("detect_secrets", "detect_secrets.plugins"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[base.__name__] = base
    spec = importlib.util.spec_from_file_location("plugin", RULES / "detect_secrets_plugin.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TokenryDetector()


def check(what, found, expected):
    # The strings are secrets: only the names of files are shown.
    names = lambda pairs: sorted(name for name, _ in pairs)
    assert found >= expected, f"{what} missed {names(expected - found)}"
    assert found <= expected, f"{what} took for tokens {names(found - expected)}"
    print(f"ok  {what}: {len(expected)} of {len(expected)} found, and nothing else")


def main(url, certificate, password_file, directory):
    tokens = list(real_tokens(url, certificate, Path(password_file).read_text().strip()))
    directory = Path(directory)
    directory.mkdir()
    expected, alike = set(), set()
    form = re.compile(r"tky_(?:pat|svc)_[0-9A-Za-z]{64}")
    for number, (token, place) in enumerate(zip(tokens, PLACES)):
        name = f"real-{number}.txt"
        (directory / name).write_text("# settings\n" + place.format(token))
        expected.add((name, token))
        for which, decoy in enumerate(decoys(token)):
            name = f"decoy-{number}-{which}.txt"
            (directory / name).write_text(place.format(decoy))
            if form.fullmatch(decoy):
                alike.add((name, decoy))
    assert len(expected) == len(PLACES) and len(alike) >= 4 * len(PLACES)
    check("kingfisher", found_by_kingfisher(directory), expected)
    check("the plugin of detect-secrets", regexes(directory, plugin().analyze_string), expected)
    rule = tomllib.loads((RULES / "gitleaks.toml").read_text())["rules"][0]
    check("the expression of gitleaks, which knows no checksums", regexes(directory, re.compile(rule["regex"]).findall), expected | alike)
    # Of the repository only what is kept in it.
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    kept = {ROOT / name.split("/")[0] for name in listed.stdout.split("\0") if name}
    report = kingfisher(sorted(kept))
    paths = sorted({one["finding"]["path"] for one in report["findings"]})
    assert not paths, f"tokens with a right checksum in {paths}"
    blobs = report["metadata"]["summary"]["blobs_scanned"]
    assert blobs > 100, f"only {blobs} files of the repository were looked at"
    print(f"ok  this repository: none in {blobs} files")


if __name__ == "__main__":
    main(*sys.argv[1:])
