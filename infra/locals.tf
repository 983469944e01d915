data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

module "plan" {
  source = "./modules/plan"

  account       = data.aws_caller_identity.current.account_id
  environment   = var.environment
  partition     = data.aws_partition.current.partition
  poller_shards = var.poller_shards
  region        = data.aws_region.current.id
  sweep_days    = var.sweep_days
  sweep_rate    = var.sweep_rate
}

locals {
  # What leads empikctl to this deployment.
  empikctl = merge(module.plan.environment_variables, {
    CALLBACK_URL = trimsuffix(aws_lambda_function_url.callback.function_url, "/")
    LOG_GROUPS   = join(",", [for function in module.plan.functions : function.log_group])
  })

  functions = {
    for key, function in module.plan.functions : key => merge(function, {
      package     = "${var.package_folder}/${var.architecture}/${key}/bootstrap.zip"
      concurrency = var.reserved_concurrency[key]
    })
  }
}
