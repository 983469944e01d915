# Containers only: the values are written by `empikctl secrets set` and never stand in the state.
resource "aws_secretsmanager_secret" "integration" {
  #checkov:skip=CKV_AWS_149:AWS's own key encrypts; a key of one's own would cost more than the rest of a small deployment and keep nobody out who may read the secret
  #checkov:skip=CKV2_AWS_57:keys of EmpikPlace and Thulium are made by people in their panels; AWS cannot rotate them
  for_each = var.integrations

  name        = "${module.plan.secrets_prefix}${each.key}"
  description = "Keys of the integration ${each.key}; written by empikctl secrets set"
}
