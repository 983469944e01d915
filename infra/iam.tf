resource "aws_iam_role" "function" {
  for_each = local.functions

  name               = each.value.name
  assume_role_policy = module.plan.trust.lambda
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name   = "work"
  role   = aws_iam_role.function[each.key].id
  policy = module.plan.policies[each.key]
}

resource "aws_iam_role" "scheduler" {
  name               = "${module.plan.name}-scheduler"
  assume_role_policy = module.plan.trust.scheduler
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "tick"
  role   = aws_iam_role.scheduler.id
  policy = module.plan.scheduler_policy
}

# For whoever runs empikctl; attached to nobody.
resource "aws_iam_policy" "operator" {
  name        = "${module.plan.name}-operator"
  description = "What empikctl needs for the deployment ${module.plan.name}"
  policy      = module.plan.operator_policy
}
