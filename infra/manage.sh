#!/usr/bin/env bash
# Deploys the bridge to AWS, or takes a deployment away again. Meant to be called by make.
#
#   manage.sh deploy      plans, says what it costs, asks, applies, and says what comes next
#   manage.sh destroy     asks, and takes everything away but the secrets that empikctl made
#
# ENVIRONMENT=stage       which deployment; live without it
# ARCH=x86_64             the functions' processor; arm64 without it
# YES=1                   do not ask; without a terminal nothing is changed unless this is set
# DESTROY_CONVERSATIONS=  destroy only: the deployment's name, where its tables hold conversations
# SHOPS=, MESSAGES=       deploy only: what the costs are told for
# Inputs of variables.tf: terraform.tfvars, TF_VAR_… and so on, as Terraform reads them.
set -euo pipefail
cd "$(dirname "$0")"
environment=${ENVIRONMENT:-live}
inputs=(-var "environment=$environment")
[ -z "${ARCH:-}" ] || inputs+=(-var "architecture=$ARCH")

stop() { echo "$*" >&2; exit 1; }
confirm() {
  [ "${YES:-}" != 1 ] || return 0
  [ -t 0 ] || stop 'There is no terminal to ask on. Nothing was changed; YES=1 goes on without asking.'
  printf '%s (yes/no) ' "$1"
  read -r answer
  [ "$answer" = yes ] || stop 'Nothing was changed.'
}
begin() {
  command -v terraform >/dev/null || stop 'Terraform is not installed; 1.11 or later is needed.'
  terraform init -input=false >/dev/null
  # A state of its own for each deployment.
  local workspace=$environment
  [ "$environment" != live ] || workspace=default
  [ "$(terraform workspace show)" = "$workspace" ] || terraform workspace select -or-create "$workspace" >/dev/null
}

deploy() {
  begin
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  local changes=0
  terraform plan -input=false -detailed-exitcode -out "$work/plan" "${inputs[@]}" || changes=$?
  case $changes in
    0) echo 'Nothing is to be changed.' ;;
    2)
      python3 cost.py words "${SHOPS:-1}" "${MESSAGES:-1000}"
      confirm "Apply this to the AWS account whose credentials are in use?"
      terraform apply -input=false "$work/plan"
      ;;
    *) stop 'The plan could not be made; nothing was changed.' ;;
  esac
  printf '\nWhat comes next:\n\n'
  terraform output -raw next
}

# How the tables stand, by empikctl; EMPIKCTL names a built one.
tables() {
  local names
  names=$(terraform output -raw environment) || return 1
  eval "export $(printf '%s ' $names)"
  if [ -n "${EMPIKCTL:-}" ]; then "$EMPIKCTL" --json tables check
  else cargo run --quiet --locked --bin empikctl -- --json tables check; fi
}

destroy() {
  begin
  local name=empik-bridge-$environment found
  if [ -z "$(terraform state list)" ]; then
    stop "There is no deployment $name in this folder's state. Nothing was changed."
  fi
  if [ "${DESTROY_CONVERSATIONS:-}" != "$name" ]; then
    found=$(tables | python3 -c 'import json, sys; print(all(t["empty"] for t in json.load(sys.stdin)["tables"] if t["role"] == "conversations"))') || found=
    case $found in
      True) ;;
      False) stop "The tables of $name hold conversations. With them goes the knowledge of what was carried: every thread
would be carried anew by a later deployment. Nothing was changed.
To destroy them all the same: make destroy ENVIRONMENT=$environment DESTROY_CONVERSATIONS=$name" ;;
      *) stop "It could not be told whether the tables of $name hold conversations; the lines above say why.
Nothing was changed. To destroy them whatever they hold: make destroy ENVIRONMENT=$environment DESTROY_CONVERSATIONS=$name" ;;
    esac
  fi
  confirm "Destroy $name in the AWS account whose credentials are in use, for good?"
  terraform apply -input=false -auto-approve "${inputs[@]}" -var deletion_protection=false -target=aws_dynamodb_table.table
  terraform destroy -input=false -auto-approve "${inputs[@]}" -var deletion_protection=false
  printf '\n%s is gone. Secrets that empikctl made stay: delete those that begin with %s/ by hand.\n' "$name" "$name"
}

case ${1:-} in
  deploy | destroy) "$1" ;;
  *) stop 'usage: manage.sh deploy|destroy' ;;
esac
