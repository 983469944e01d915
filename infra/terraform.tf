terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The first one that knows `invoked_via_function_url`, without which the Function URL answers 403.
      version = ">= 6.29"
    }
  }
}
