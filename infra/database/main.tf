# One Postgres server with its proxy: encrypted, backed up, and reachable only from the given security groups. The migrations create
# databases and schemas.

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.network.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  # checkov:skip=CKV2_AWS_30:Logging every statement would log destinations and password verifiers; Performance Insights has slow ones without values
  name_prefix = "${var.name}-"
  family      = "postgres${local.postgres_major}"
  # After a major upgrade the old group stays: the server uses it until its maintenance window.
  skip_destroy = true

  parameter {
    # Reserved concurrency is derived from this, so it is set explicitly instead of by RDS's formula over the memory.
    name         = "max_connections"
    value        = var.settings.connections
    apply_method = "pending-reboot"
  }
  parameter {
    name  = "rds.force_ssl"
    value = "1"
    # As RDS reports it, or every plan would show a difference.
    apply_method = "pending-reboot"
  }
  parameter {
    # Logs lock waits of more than a second.
    name  = "log_lock_waits"
    value = "1"
  }
  parameter {
    # Off, because the text of a failed statement contains client data. The application logs the SQLSTATE.
    name  = "log_min_error_statement"
    value = "panic"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  # checkov:skip=CKV_AWS_161:Only the proxy and two functions reach it, with generated passwords that rotate by generation; see docs/adr/0002
  # checkov:skip=CKV_AWS_129:The Postgres log goes to CloudWatch; checkov looks for MySQL's names
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.settings.postgres
  instance_class = var.settings.instance_class
  db_name        = var.database
  username       = var.owner.username
  password       = var.owner.password
  # Only to an exact version, which RDS requires for a major upgrade.
  allow_major_version_upgrade = strcontains(var.settings.postgres, ".")

  storage_type          = "gp3"
  allocated_storage     = var.settings.storage_gb
  max_allocated_storage = var.settings.max_storage_gb
  iops                  = local.iops
  storage_throughput    = local.storage_throughput
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.settings.multi_az
  publicly_accessible    = false
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.server.id]
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period  = var.settings.backup_days
  backup_window            = "02:00-03:00"
  copy_tags_to_snapshot    = true
  delete_automated_backups = false
  deletion_protection      = true
  skip_final_snapshot      = false
  # Each installation has its own network, so the name is not taken by an earlier installation of the same name.
  final_snapshot_identifier = "${var.name}-final-${trimprefix(var.network.vpc_id, "vpc-")}"

  auto_minor_version_upgrade = true
  maintenance_window         = "sun:03:30-sun:04:30"
  apply_immediately          = false

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7
  enabled_cloudwatch_logs_exports       = local.exported_logs
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [aws_cloudwatch_log_group.this]
}

# Created here, because RDS would create them on first use without retention and without our key.
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
  exported_logs  = ["postgresql", "upgrade"]
  postgres_major = split(".", var.settings.postgres)[0]

  # From 400 GB on RDS stripes gp3 over four volumes, and requires at least their sum.
  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
  is_striped         = var.settings.storage_gb >= 400
  iops               = local.is_striped ? 12000 : null
  storage_throughput = local.is_striped ? 500 : null
}

# Serves lists of links and tags, and finds the links for statistics of a tag or domain. Without the proxy, which does not support readers
# of a single instance.
resource "aws_db_instance" "reader" {
  # checkov:skip=CKV_AWS_157:A lost reader is replaced; until then lists answer 503
  # checkov:skip=CKV_AWS_161:See the primary
  # checkov:skip=CKV_AWS_129:See the primary
  # checkov:skip=CKV_AWS_293:It can be recreated from the primary in minutes
  count = var.reader ? 1 : 0

  identifier          = "${var.name}-reader"
  replicate_source_db = aws_db_instance.this.identifier
  instance_class      = var.settings.instance_class
  storage_type        = "gp3"
  # Grows like the primary: a full reader stops replicating.
  allocated_storage     = var.settings.storage_gb
  max_allocated_storage = var.settings.max_storage_gb
  iops                  = local.iops
  storage_throughput    = local.storage_throughput
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

# Shares a few connections among many instances that each use one briefly.
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

  # The proxy reads the secrets as soon as it exists.
  depends_on = [aws_iam_role_policy.proxy, aws_cloudwatch_log_group.this]
}

resource "aws_db_proxy_default_target_group" "this" {
  db_proxy_name = aws_db_proxy.this.name

  connection_pool_config {
    # The rest is for migrations, maintenance and psql.
    max_connections_percent      = 90
    max_idle_connections_percent = 45
    # No longer than the origin waits for a connection (1 s), so that it receives the error.
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
    Statement = [merge(
      {
        Effect    = "Allow"
        Principal = { Service = "rds.amazonaws.com" }
        Action    = "sts:AssumeRole"
      },
      var.proxy_trust_names_account ? { Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } } } : {},
    )]
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
  # checkov:skip=CKV2_AWS_5:The proxy uses it, which checkov does not recognise
  name_prefix = "${var.name}-proxy-"
  description = "RDS Proxy: in from the functions, out to the server"
  vpc_id      = var.network.vpc_id

  lifecycle {
    create_before_destroy = true
  }
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

# No egress rule: a server opens no connections.
resource "aws_security_group" "server" {
  name_prefix = "${var.name}-server-"
  description = "Postgres: in from the proxy and the functions that own the schema"
  vpc_id      = var.network.vpc_id

  lifecycle {
    create_before_destroy = true
  }
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
