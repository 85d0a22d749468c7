# Every secret is made here and typed by nobody. Each has its own entry in Secrets Manager, where the proxy, a person in need
# and the next deployment find it; the functions get theirs in an environment that is encrypted under our key. A generation,
# once made, never changes: `var.generations` rotates by naming a new one.

locals {
  # Letters and digits only, so that a value fits into a URL and a header as it is.
  generated = merge(
    # The key that codes are made with: 64 hexadecimal digits, for the life of the database.
    { "code-key" = { length = 64, prefix = "", hexadecimal = true } },
    { "database-owner" = { length = 40, prefix = "", hexadecimal = false } },
    { "admin-key-${var.generations.admin_key}" = { length = 40, prefix = "slk_", hexadecimal = false } },
    { for number in var.generations.edge_secret : "edge-secret-${number}" => { length = 43, prefix = "", hexadecimal = false } },
  )
  admin_key    = local.secrets["admin-key-${var.generations.admin_key}"]
  edge_secrets = [for number in var.generations.edge_secret : local.secrets["edge-secret-${number}"]]
  secrets      = { for name, version in aws_secretsmanager_secret_version.generated : name => version.secret_string }

  # Users of the databases: two applications, and the origin's lists, whose statements end soon; each in every generation.
  logins = toset(flatten([for number in var.generations.database_login : ["origin_${number}", "lists_${number}", "consumer_${number}"]]))
  login_passwords = {
    for user, version in aws_secretsmanager_secret_version.login : user => jsondecode(version.secret_string).password
  }
  # Those in use: of the first generation.
  login = {
    origin   = "origin_${var.generations.database_login[0]}"
    lists    = "lists_${var.generations.database_login[0]}"
    consumer = "consumer_${var.generations.database_login[0]}"
  }
}

# Drawn anew in every plan and used once, when its secret is created.
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
  # checkov:skip=CKV2_AWS_57:Rotated by generation and deployment, so that both ends change together; docs/runbook.md
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

# In the form that RDS Proxy reads.
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
