"""What the functions are made of: held against deny.toml, or written down as a bill of materials.

Usage: supply.py check
       supply.py sbom PACKAGE OUTPUT.json [TARGET]

`check` reads the lock file through `cargo metadata` and fails where a licence is not on the list, a
crate is banned or comes from elsewhere, a workspace crate does not forbid unsafe code, or the lock
file is not what the manifests ask for. `sbom` writes CycloneDX 1.5 for one function: every crate that
is linked into it, with version, licence, checksum and what it depends on, and nothing of the machine
or the moment, so that the same commit gives the same bytes.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAMBDA = "aarch64-unknown-linux-gnu"


def metadata(target):
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"cargo metadata failed:\n{done.stderr}")
    return json.loads(done.stdout)


def licence_holds(expression, allowed):
    """Whether an SPDX expression can be met by the allowed licences. `/` is an old form of OR."""
    words = re.findall(r"\(|\)|[^\s()/]+|/", expression)

    def either(at):
        holds, at = both(at)
        while at < len(words) and words[at] in ("OR", "/"):
            right, at = both(at + 1)
            holds = holds or right
        return holds, at

    def both(at):
        holds, at = one(at)
        while at < len(words) and words[at] == "AND":
            right, at = one(at + 1)
            holds = holds and right
        return holds, at

    def one(at):
        if words[at] == "(":
            holds, at = either(at + 1)
            return holds, at + 1
        name, at = words[at], at + 1
        if at < len(words) and words[at] == "WITH":
            name, at = f"{name} WITH {words[at + 1]}", at + 2
        return name in allowed, at

    return either(0)[0]


def linked(data, package, target):
    """Ids of the crates that are linked into a package, each with those it uses. Which they are is
    asked of `cargo tree`: `cargo metadata` knows only the features of the whole workspace, tests
    included."""
    command = ["cargo", "tree", "--locked", "--package", package, "--edges", "normal", "--target", target,
               "--prefix", "none", "--format", "{p}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"cargo tree failed:\n{done.stderr}")
    names = {tuple(line.split()[:2]) for line in done.stdout.splitlines() if line.strip()}
    ids = {each["id"] for each in data["packages"] if (each["name"], f"v{each['version']}") in names}
    uses = {}
    for node in data["resolve"]["nodes"]:
        if node["id"] in ids:
            normal = {d["pkg"] for d in node["deps"] if any(k["kind"] is None for k in d["dep_kinds"])}
            uses[node["id"]] = sorted(normal & ids)
    root = next(each["id"] for each in data["packages"] if each["name"] == package and each["source"] is None)
    return root, uses


def check():
    policy = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    allowed, faults = set(policy["licenses"]["allow"]), []
    banned = {each["crate"]: each["reason"] for each in policy["bans"]["deny"]}
    for target in policy["graph"]["targets"]:
        data = metadata(target)
        used = {node["id"] for node in data["resolve"]["nodes"]}
        strangers = [each for each in data["packages"] if each["source"] and each["id"] in used]
        for each in strangers:
            name = f"{each['name']} {each['version']}"
            if not each["license"] or not licence_holds(each["license"], allowed):
                faults.append(f"{name}: the licence {each['license']!r} is not on the list in deny.toml")
            if each["source"] not in {f"registry+{url}" for url in policy["sources"]["allow-registry"]}:
                faults.append(f"{name}: comes from {each['source']}")
        for package in ("poller", "callback", "empikctl"):
            by_id = {each["id"]: each["name"] for each in data["packages"]}
            for name in sorted({by_id[at] for at in linked(data, package, target)[1]} & banned.keys()):
                faults.append(f"{name} is linked into {package}: {banned[name]}")
        for each in data["packages"]:
            manifest = Path(each["manifest_path"])
            if each["source"] is None:
                own = tomllib.loads(manifest.read_text(encoding="utf-8"))
                if own.get("lints") != {"workspace": True}:
                    faults.append(f"{each['name']}: does not take the workspace's lints, unsafe code is not forbidden")
        print(f"{target}: {len(strangers)} crates of others, {len({e['license'] for e in strangers})} licences")
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
    if workspace["lints"]["rust"]["unsafe_code"] != "forbid":
        faults.append("the workspace does not forbid unsafe code")
    if faults:
        sys.exit("\n".join(sorted(set(faults))))


def sbom(package, output, target):
    data = metadata(target)
    packages = {each["id"]: each for each in data["packages"]}
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    checksums = {(each["name"], each["version"]): each.get("checksum") for each in lock}
    root, crates = linked(data, package, target)

    def reference(at):
        return f"pkg:cargo/{packages[at]['name']}@{packages[at]['version']}"

    def component(at):
        each = packages[at]
        found = {
            "type": "application" if at == root else "library",
            "bom-ref": reference(at),
            "name": each["name"],
            "version": each["version"],
            "purl": reference(at),
        }
        if each["license"]:
            found["licenses"] = [{"expression": re.sub(r"\s*/\s*", " OR ", each["license"])}]
        if checksum := checksums.get((each["name"], each["version"])):
            found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return found

    order = sorted(crates, key=reference)
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": component(root),
            "properties": [{"name": "cargo:target", "value": target}],
        },
        "components": [component(at) for at in order if at != root],
        "dependencies": [{"ref": reference(at), "dependsOn": sorted(map(reference, crates[at]))} for at in order],
    }
    text = json.dumps(bill, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    print(f"{output}: {len(order)} components, sha256 {digest}")


match sys.argv[1:]:
    case ["check"]:
        check()
    case ["sbom", package, output]:
        sbom(package, output, LAMBDA)
    case ["sbom", package, output, target]:
        sbom(package, output, target)
    case _:
        sys.exit(__doc__)
