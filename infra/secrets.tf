# Every secret is generated here. Each has its own entry in Secrets Manager, which the proxy, operators and deployments read. The functions
# get theirs as environment variables, encrypted under our key. A generation never changes: `var.generations` rotates by adding a new
# one.

locals {
  # Letters and digits only, so that values need no escaping in URLs and headers.
  generated = merge(
    # The key that codes are generated with: 64 hexadecimal digits, fixed for the life of the database.
    { "code-key" = { length = 64, prefix = "", hexadecimal = true } },
    { "database-owner" = { length = 40, prefix = "", hexadecimal = false } },
    { "admin-key-${var.generations.admin_key}" = { length = 40, prefix = "slk_", hexadecimal = false } },
    { for number in var.generations.edge_secret : "edge-secret-${number}" => { length = 43, prefix = "", hexadecimal = false } },
  )
  admin_key    = local.secrets["admin-key-${var.generations.admin_key}"]
  edge_secrets = [for number in var.generations.edge_secret : local.secrets["edge-secret-${number}"]]
  secrets      = { for name, version in aws_secretsmanager_secret_version.generated : name => version.secret_string }

  # Database users in every generation: the two applications, and one for the origin's lists, with short statement timeouts.
  logins = toset(flatten([for number in var.generations.database_login : ["origin_${number}", "lists_${number}", "consumer_${number}"]]))
  login_passwords = {
    for user, version in aws_secretsmanager_secret_version.login : user => jsondecode(version.secret_string).password
  }
  # The logins in use: the first generation.
  login = {
    origin   = "origin_${var.generations.database_login[0]}"
    lists    = "lists_${var.generations.database_login[0]}"
    consumer = "consumer_${var.generations.database_login[0]}"
  }
}

# Generated anew in every plan, but used only when its secret is created.
data "aws_secretsmanager_random_password" "generated" {
  for_each = local.generated

  password_length            = each.value.length
  exclude_punctuation        = true
  exclude_uppercase          = each.value.hexadecimal
  exclude_characters         = each.value.hexadecimal ? "ghijklmnopqrstuvwxyz" : ""
  require_each_included_type = true
}

data "aws_secretsmanager_random_password" "login" {
  for_each = local.logins

  password_length     = 40
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "generated" {
  # checkov:skip=CKV2_AWS_57:Rotated by generation and deployment, so that both ends change together; see docs/runbook.md
  for_each = local.generated

  name                    = "${var.name}/${each.key}"
  kms_key_id              = local.home.kms_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "generated" {
  for_each = local.generated

  secret_id     = aws_secretsmanager_secret.generated[each.key].id
  secret_string = "${each.value.prefix}${data.aws_secretsmanager_random_password.generated[each.key].random_password}"

  lifecycle {
    ignore_changes = [secret_string]
  }
}

resource "aws_secretsmanager_secret" "login" {
  # checkov:skip=CKV2_AWS_57:As above
  for_each = local.logins

  name                    = "${var.name}/login-${each.key}"
  kms_key_id              = local.home.kms_key_arn
  recovery_window_in_days = 30
}

# In the format that RDS Proxy reads.
resource "aws_secretsmanager_secret_version" "login" {
  for_each = local.logins

  secret_id = aws_secretsmanager_secret.login[each.key].id
  secret_string = jsonencode({
    username = each.key
    password = data.aws_secretsmanager_random_password.login[each.key].random_password
  })

  lifecycle {
    ignore_changes = [secret_string]
  }
}
