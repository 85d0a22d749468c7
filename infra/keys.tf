# One key for all data at rest in each region: logs, environments, secrets, databases, alarms.

locals {
  kms_key_arns = merge({ (var.region) = aws_kms_key.home.arn }, { for region, key in aws_kms_key.further : region => key.arn })

  kms_key_description = "${var.name}: data at rest"
  kms_key_policies = { for region in local.regions : region => jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Lets the account's IAM policies grant access; without it nobody could change the key.
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { Service = "logs.${region}.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        Resource  = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${region}:${local.account_id}:log-group:*" } }
      },
      {
        # For alarms to the encrypted topic.
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  }) }
}

# The databases' backups and final snapshots lie under it, and are lost with it.
resource "aws_kms_key" "home" {
  description             = local.kms_key_description
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = local.kms_key_policies[var.region]

  lifecycle {
    prevent_destroy = true
  }
}

# Only logs, environments and alarms: these may go with their region.
resource "aws_kms_key" "further" {
  for_each = var.further_regions

  region                  = each.key
  description             = local.kms_key_description
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = local.kms_key_policies[each.key]
}

resource "aws_kms_alias" "region" {
  for_each = local.kms_key_arns

  region        = each.key
  name          = "alias/${var.name}"
  target_key_id = each.value
}
