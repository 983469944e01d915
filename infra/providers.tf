# Region and credentials come from the environment, as with every AWS tool.
provider "aws" {
  default_tags {
    tags = merge({ Application = "empik-thulium-bridge", Environment = var.environment }, var.tags)
  }
}
