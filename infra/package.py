"""Builds both functions for AWS Lambda and packs each into a zip: the same commit gives the same bytes.

Usage: package.py [arm64|x86_64] [--zip-only]

Writes target/lambda/<architecture>/<function>/bootstrap, bootstrap.zip and what is linked into it,
bootstrap.cdx.json (CycloneDX). cargo-lambda brings the
linker for Lambda's own C library, so that any machine can build for both architectures. What would
tell one machine or folder from another is taken out: paths in the program, and names, order, modes
and times in the archive. --zip-only packs the programs that are there already.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ["poller", "callback"]
TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
# As AWS counts megabytes. Lambda would take 50; every byte is loaded at a cold start.
MEGABYTE = 1024 * 1024
LARGEST = 4 * MEGABYTE


def build(architecture, folder):
    cargo_lambda = shutil.which("cargo-lambda")
    if not cargo_lambda:
        sys.exit("cargo-lambda is not installed: pip install cargo-lambda (or: cargo install cargo-lambda)")
    installed = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    target = TARGETS[architecture]
    if not (Path(installed) / "lib/rustlib" / target).is_dir():
        sys.exit(f"Rust's standard library for {architecture} is not installed: rustup target add {target}")
    cargo_home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo").resolve()
    # The later one wins, and the project may lie within the other.
    maps = [f"{cargo_home}=/cargo", f"{installed}=/rust", f"{ROOT}=/bridge"]
    environment = {
        **os.environ,
        # pip puts the linker into the Python environment that cargo-lambda stands in.
        "PATH": os.pathsep.join([str(Path(cargo_lambda).parent), os.environ["PATH"]]),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(f"--remap-path-prefix={each}" for each in maps),
        # Nothing unwinds through C, so its tables would only weigh.
        "CFLAGS": " ".join(["-fno-unwind-tables", "-fno-asynchronous-unwind-tables"]
                           + [f"-ffile-prefix-map={each}" for each in maps]),
    }
    # The profile says how to optimise; without the switch cargo-lambda would add flags of its own.
    command = ["cargo", "lambda", "build", "--release", "--locked", "--disable-optimizations", "--target", target,
               "--lambda-dir", str(folder), *(word for name in FUNCTIONS for word in ("--package", name))]
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        sys.exit("the functions could not be built; the lines above say why")


def list_parts(architecture, folder):
    supply = Path(__file__).with_name("supply.py")
    for name in FUNCTIONS:
        bill = folder / name / "bootstrap.cdx.json"
        subprocess.run([sys.executable, supply, "sbom", name, bill, TARGETS[architecture]], check=True)


def pack(folder, name):
    """Packs one program; returns the archive's size and hash."""
    program = folder / name / "bootstrap"
    if not program.is_file():
        sys.exit(f"{program} is missing; build it without --zip-only")
    archive = program.with_suffix(".zip")
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100755 << 16
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(entry, program.read_bytes(), compresslevel=9)
    packed = archive.read_bytes()
    return len(packed), hashlib.sha256(packed).hexdigest()


def main(arguments):
    zip_only = "--zip-only" in arguments
    rest = [argument for argument in arguments if argument != "--zip-only"]
    architecture = rest[0] if rest else "arm64"
    if len(rest) > 1 or architecture not in TARGETS:
        sys.exit(f"the architecture must be one of {', '.join(TARGETS)}, not {' '.join(rest)!r}")
    folder = ROOT / "target/lambda" / architecture
    if not zip_only:
        build(architecture, folder)
        list_parts(architecture, folder)
    too_large = []
    for name in FUNCTIONS:
        size, digest = pack(folder, name)
        print(f"{name} for {architecture}: {size / MEGABYTE:.2f} MB zipped, sha256 {digest}")
        if size > LARGEST:
            too_large.append(name)
    if too_large:
        sys.exit(f"larger than {LARGEST // MEGABYTE} MB: {', '.join(too_large)}")


if __name__ == "__main__":
    main(sys.argv[1:])
