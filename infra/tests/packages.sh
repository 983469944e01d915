#!/usr/bin/env bash
# Builds the functions' packages for this machine's processor and checks that packing again gives the
# same bytes. Without cargo-lambda the programs are built for this machine alone, which is enough to
# try them here.
set -euo pipefail
infra=$(cd "$(dirname "$0")/.." && pwd)
root=$(dirname "$infra")
case $(uname -m) in aarch64 | arm64) architecture=arm64 ;; *) architecture=x86_64 ;; esac

if command -v cargo-lambda >/dev/null; then
  first=$(python3 "$infra/package.py" "$architecture" | tail -n 2)
else
  echo 'SKIPPED: cargo-lambda is not installed (pip install cargo-lambda); these programs run on this machine only'
  (cd "$root" && cargo build --quiet --release --locked --package poller --package callback)
  for name in poller callback; do
    mkdir -p "$root/target/lambda/$architecture/$name"
    cp "${CARGO_TARGET_DIR:-$root/target}/release/$name" "$root/target/lambda/$architecture/$name/bootstrap"
  done
  first=$(python3 "$infra/package.py" "$architecture" --zip-only)
fi
echo "$first"
# Another day, and another mode of the program: neither may show.
touch -d '2001-02-03 04:05:06' "$root/target/lambda/$architecture/poller/bootstrap"
chmod 700 "$root/target/lambda/$architecture/callback/bootstrap"
second=$(python3 "$infra/package.py" "$architecture" --zip-only)
[ "$first" = "$second" ] || { printf 'packing again gave other bytes:\n%s\n' "$second"; exit 1; }
python3 -c '
import sys, zipfile
for path in sys.argv[1:]:
    (entry,) = zipfile.ZipFile(path).infolist()
    assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755), (path, entry)
' "$root/target/lambda/$architecture"/*/bootstrap.zip
echo 'packing again gives the same bytes: one program called bootstrap, executable'
