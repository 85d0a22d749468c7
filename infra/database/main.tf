# One Postgres server with its proxy: encrypted, backed up, reachable from named security groups only. Which databases are on
# it, and their schemas, is decided by the migrations.

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.network.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  # checkov:skip=CKV2_AWS_30:Logging every statement would put destinations and passwords' verifiers into the log; slow ones are in Performance Insights without their values
  name_prefix = "${var.name}-"
  family      = "postgres18"

  parameter {
    # What reserved concurrency is derived from, so it is set and not left to a formula over the memory.
    name         = "max_connections"
    value        = var.settings.connections
    apply_method = "pending-reboot"
  }
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    # A second of lock waits is news.
    name  = "log_lock_waits"
    value = "1"
  }
  parameter {
    # A failed statement's text holds what a client sent. Its SQLSTATE is in the application's log.
    name  = "log_min_error_statement"
    value = "panic"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  # checkov:skip=CKV_AWS_161:Only the proxy and two functions reach it, with passwords that were generated and rotate by generation; see docs/adr/0002
  # checkov:skip=CKV_AWS_129:Postgres' log goes to CloudWatch; checkov looks for MySQL's names
  identifier     = var.name
  engine         = "postgres"
  engine_version = "18"
  instance_class = var.settings.instance_class
  db_name        = var.database
  username       = var.owner.username
  password       = var.owner.password

  storage_type          = "gp3"
  allocated_storage     = var.settings.storage_gb
  max_allocated_storage = var.settings.max_storage_gb
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.settings.multi_az
  publicly_accessible    = false
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.server.id]
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period   = var.settings.backup_days
  backup_window             = "02:00-03:00"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-final"

  auto_minor_version_upgrade = true
  maintenance_window         = "sun:03:30-sun:04:30"
  apply_immediately          = false

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7
  enabled_cloudwatch_logs_exports       = local.exported_logs
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn

  depends_on = [aws_cloudwatch_log_group.this]
}

# RDS makes these by itself when it first writes, to be kept for ever; made here they end, and are under our key.
resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(concat(
    [for log in local.exported_logs : "/aws/rds/instance/${var.name}/${log}"],
    [for log in var.reader ? local.exported_logs : [] : "/aws/rds/instance/${var.name}-reader/${log}"],
    ["/aws/rds/proxy/${var.name}"],
  ))

  name              = each.key
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

locals {
  exported_logs = ["postgresql", "upgrade"]
}

# For lists of links and tags, and for which links statistics of a tag or domain are of. Not behind the proxy, which takes no readers of a plain instance.
resource "aws_db_instance" "reader" {
  # checkov:skip=CKV_AWS_157:A reader that is gone is replaced; what reads from it falls back to nothing worse than a 503
  # checkov:skip=CKV_AWS_161:As the primary
  # checkov:skip=CKV_AWS_129:As the primary
  # checkov:skip=CKV_AWS_293:It can be made again from the primary in minutes
  count = var.reader ? 1 : 0

  identifier          = "${var.name}-reader"
  replicate_source_db = aws_db_instance.this.identifier
  instance_class      = var.settings.instance_class
  storage_type        = "gp3"
  # It grows by itself, as the primary does: one that is full stops replaying.
  max_allocated_storage = var.settings.max_storage_gb
  storage_encrypted     = true

  publicly_accessible    = false
  vpc_security_group_ids = [aws_security_group.server.id]
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  skip_final_snapshot        = true
  copy_tags_to_snapshot      = true
  auto_minor_version_upgrade = true
  apply_immediately          = false

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7
  enabled_cloudwatch_logs_exports       = local.exported_logs
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_iam_role" "monitoring" {
  name = "${var.name}-monitoring"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${var.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

# Lends a few connections to many instances that hold each for a moment.
resource "aws_db_proxy" "this" {
  name                   = var.name
  engine_family          = "POSTGRESQL"
  require_tls            = true
  idle_client_timeout    = 1800
  debug_logging          = false
  role_arn               = aws_iam_role.proxy.arn
  vpc_subnet_ids         = var.network.subnet_ids
  vpc_security_group_ids = [aws_security_group.proxy.id]

  dynamic "auth" {
    for_each = var.login_secret_arns
    content {
      auth_scheme               = "SECRETS"
      client_password_auth_type = "POSTGRES_SCRAM_SHA_256"
      iam_auth                  = "DISABLED"
      secret_arn                = auth.value
    }
  }

  # It reads the secrets as soon as it is there.
  depends_on = [aws_iam_role_policy.proxy, aws_cloudwatch_log_group.this]
}

resource "aws_db_proxy_default_target_group" "this" {
  db_proxy_name = aws_db_proxy.this.name

  connection_pool_config {
    # The rest is for migrations, maintenance and a person with psql.
    max_connections_percent      = 90
    max_idle_connections_percent = 45
    # Less than the origin waits for a connection (1 s): it then hears why.
    connection_borrow_timeout = 1
  }
}

resource "aws_db_proxy_target" "this" {
  db_proxy_name          = aws_db_proxy.this.name
  target_group_name      = aws_db_proxy_default_target_group.this.name
  db_instance_identifier = aws_db_instance.this.identifier
}

resource "aws_iam_role" "proxy" {
  name = "${var.name}-proxy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "proxy" {
  name = "logins"
  role = aws_iam_role.proxy.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = values(var.login_secret_arns)
      },
      {
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.kms_key_arn
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${var.region}.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_security_group" "proxy" {
  # checkov:skip=CKV2_AWS_5:It is the proxy's, which checkov does not know to have one
  name        = "${var.name}-proxy"
  description = "RDS Proxy: in from the functions, out to the server"
  vpc_id      = var.network.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "proxy_from_functions" {
  for_each = var.clients

  security_group_id            = aws_security_group.proxy.id
  description                  = "Postgres from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "proxy_from_regions" {
  for_each = var.client_cidrs

  security_group_id = aws_security_group.proxy.id
  description       = "Postgres from the origin in ${each.key}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_egress_rule" "proxy_to_server" {
  security_group_id            = aws_security_group.proxy.id
  description                  = "Postgres"
  referenced_security_group_id = aws_security_group.server.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

# A server answers and calls nobody: no rule lets it out.
resource "aws_security_group" "server" {
  name        = "${var.name}-server"
  description = "Postgres: in from the proxy and the functions that own the schema"
  vpc_id      = var.network.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "server_from_proxy" {
  security_group_id            = aws_security_group.server.id
  description                  = "Postgres from the proxy"
  referenced_security_group_id = aws_security_group.proxy.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "server_from_functions" {
  for_each = var.direct_clients

  security_group_id            = aws_security_group.server.id
  description                  = "Postgres from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "reader_from_regions" {
  for_each = var.reader ? var.client_cidrs : {}

  security_group_id = aws_security_group.server.id
  description       = "Postgres from the origin in ${each.key}, for the reader"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}
