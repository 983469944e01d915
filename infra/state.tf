resource "aws_dynamodb_table" "table" {
  for_each = module.plan.tables

  name         = each.value.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = each.value.keys[0]
  range_key    = each.value.keys[1]

  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = each.value.attributes

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes

    content {
      name               = global_secondary_index.key
      hash_key           = global_secondary_index.value[0]
      range_key          = try(global_secondary_index.value[1], null)
      projection_type    = contains(keys(each.value.projected), global_secondary_index.key) ? "INCLUDE" : "KEYS_ONLY"
      non_key_attributes = lookup(each.value.projected, global_secondary_index.key, null)
    }
  }

  # The ledger writes when an item of conversations may go: see SECURITY.md, "What is stored".
  dynamic "ttl" {
    for_each = each.key == "conversations" ? ["expires"] : []

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  #checkov:skip=CKV_AWS_119:the tables hold ids, hashes, times and settings, no text and no names; AWS's own key is enough and needs no policy
  server_side_encryption {
    enabled = true
  }
}
