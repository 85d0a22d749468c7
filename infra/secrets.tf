# Every secret is drawn here, by resources whose values Terraform keeps off the screen: it prints the id of a data source, and that of
# `aws_secretsmanager_random_password` is the password. Each secret has its own entry in Secrets Manager, which the proxy, operators and
# deployments read. The functions get theirs as environment variables, encrypted under our key. A generation never changes:
# `var.generations` rotates by adding a new one.

locals {
  # Letters and digits only, so that values need no escaping in URLs and headers.
  generated = merge(
    { "database-owner" = { length = 40, prefix = "" } },
    # The secrets of webhooks are derived from it; with another one every receiver needs a new secret.
    { "signing-secret" = { length = 43, prefix = "" } },
    { "admin-key-${var.generations.admin_key}" = { length = 40, prefix = "slk_" } },
    { for number in var.generations.edge_secret : "edge-secret-${number}" => { length = 43, prefix = "" } },
  )
  secrets      = { for name, version in aws_secretsmanager_secret_version.generated : name => version.secret_string }
  code_key     = aws_secretsmanager_secret_version.code_key.secret_string
  admin_key    = local.secrets["admin-key-${var.generations.admin_key}"]
  edge_secrets = [for number in var.generations.edge_secret : local.secrets["edge-secret-${number}"]]

  # Database users in every generation: the two applications, and one for the origin's lists, with short statement timeouts.
  logins          = toset(flatten([for number in var.generations.database_login : ["origin_${number}", "lists_${number}", "consumer_${number}"]]))
  login_passwords = { for user, password in random_password.login : user => password.result }
  # The logins in use: the first generation.
  login = {
    origin   = "origin_${var.generations.database_login[0]}"
    lists    = "lists_${var.generations.database_login[0]}"
    consumer = "consumer_${var.generations.database_login[0]}"
  }
}

# The key that codes are generated with: 64 hexadecimal digits, fixed for the life of the database.
resource "random_bytes" "code_key" {
  length = 32

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_secretsmanager_secret" "code_key" {
  # checkov:skip=CKV2_AWS_57:For life: with another key the origin issues no codes
  name                    = "${var.name}/code-key"
  kms_key_id              = aws_kms_key.home.arn
  recovery_window_in_days = 30

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_secretsmanager_secret_version" "code_key" {
  secret_id     = aws_secretsmanager_secret.code_key.id
  secret_string = random_bytes.code_key.hex

  lifecycle {
    prevent_destroy = true
    # The key in Secrets Manager counts, so that an installation made again can import the old one; see docs/deploying.md.
    ignore_changes = [secret_string]
  }
}

resource "random_password" "generated" {
  for_each = local.generated

  length  = each.value.length
  special = false
}

resource "aws_secretsmanager_secret" "generated" {
  # checkov:skip=CKV2_AWS_57:Rotated by generation and deployment, so that both ends change together; see docs/runbook.md
  for_each = local.generated

  name                    = "${var.name}/${each.key}"
  kms_key_id              = aws_kms_key.home.arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "generated" {
  for_each = local.generated

  secret_id     = aws_secretsmanager_secret.generated[each.key].id
  secret_string = "${each.value.prefix}${random_password.generated[each.key].result}"
}

resource "random_password" "login" {
  for_each = local.logins

  length  = 40
  special = false
}

resource "aws_secretsmanager_secret" "login" {
  # checkov:skip=CKV2_AWS_57:As above
  for_each = local.logins

  name                    = "${var.name}/login-${each.key}"
  kms_key_id              = aws_kms_key.home.arn
  recovery_window_in_days = 30
}

# In the format that RDS Proxy reads.
resource "aws_secretsmanager_secret_version" "login" {
  for_each = local.logins

  secret_id     = aws_secretsmanager_secret.login[each.key].id
  secret_string = jsonencode({ username = each.key, password = random_password.login[each.key].result })
}
