# The Postgres server, with the root module's inputs.

mock_provider "aws" {}

variables {
  name              = "shortline-links"
  account_id        = "123456789012"
  partition         = "aws"
  region            = "eu-central-1"
  database          = "links"
  owner             = { username = "shortline_owner", password = "generated" }
  reader            = true
  log_days          = 365
  kms_key_arn       = "arn:aws:kms:eu-central-1:123456789012:key/1"
  network           = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
  login_secret_arns = { origin_1 = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:origin", consumer_1 = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:consumer" }
  clients           = { origin = "sg-origin" }
  client_cidrs      = {}
  direct_clients    = { "schema owners" = "sg-owner" }
  settings          = { instance_class = "db.t4g.medium", storage_gb = 50, max_storage_gb = 500, connections = 400, multi_az = true, backup_days = 14, postgres = "18" }

  proxy_trust_names_account = true
}

run "server" {
  command = apply

  module {
    source = "./database"
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.kms_key_arn && aws_db_instance.reader[0].storage_encrypted
    error_message = "Server and reader are encrypted."
  }
  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.backup_retention_period == 14
    error_message = "The server has two zones, deletion protection and backups."
  }
  assert {
    condition     = aws_db_instance.reader[0].max_allocated_storage == 500
    error_message = "The reader grows as far as the primary."
  }
  assert {
    condition = toset(keys(aws_cloudwatch_log_group.this)) == toset([
      "/aws/rds/instance/shortline-links/postgresql", "/aws/rds/instance/shortline-links/upgrade",
      "/aws/rds/instance/shortline-links-reader/postgresql", "/aws/rds/instance/shortline-links-reader/upgrade",
      "/aws/rds/proxy/shortline-links",
    ]) && alltrue([for group in aws_cloudwatch_log_group.this : group.retention_in_days == 365 && group.kms_key_id == var.kms_key_arn])
    error_message = "The logs of RDS expire and are encrypted."
  }
  assert {
    condition     = !aws_db_instance.this.publicly_accessible && !aws_db_instance.reader[0].publicly_accessible && aws_db_proxy.this.require_tls
    error_message = "Servers are private, and the proxy requires TLS."
  }
  assert {
    condition     = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value }["max_connections"] == "400"
    error_message = "max_connections is set, because the functions' instances are derived from it."
  }
  assert {
    condition     = length(aws_db_proxy.this.auth) == 2 && toset(jsondecode(aws_iam_role_policy.proxy.policy).Statement[0].Resource) == toset(values(var.login_secret_arns))
    error_message = "The proxy accepts the applications' logins and reads only their two secrets."
  }
  assert {
    condition     = one(values(aws_vpc_security_group_ingress_rule.server_from_functions)).referenced_security_group_id == "sg-owner" && aws_vpc_security_group_ingress_rule.server_from_proxy.referenced_security_group_id == aws_security_group.proxy.id
    error_message = "The server accepts connections from the proxy and the schema owners."
  }
  assert {
    condition = alltrue([
      for description in concat(
        [aws_security_group.proxy.description, aws_security_group.server.description, aws_vpc_security_group_egress_rule.proxy_to_server.description, aws_vpc_security_group_ingress_rule.server_from_proxy.description],
        values(aws_vpc_security_group_ingress_rule.proxy_from_functions)[*].description,
        values(aws_vpc_security_group_ingress_rule.server_from_functions)[*].description,
      ) : can(regex("^[a-zA-Z0-9. _:/()#,@\\[\\]+=&;{}!$*-]{1,255}$", description))
    ])
    error_message = "EC2 accepts no other characters, such as an apostrophe."
  }
  assert {
    condition     = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.apply_method }["rds.force_ssl"] == "pending-reboot"
    error_message = "RDS reports this parameter as pending-reboot: otherwise no second plan is empty."
  }
  assert {
    condition     = local.iops == null && local.storage_throughput == null && !aws_db_instance.this.allow_major_version_upgrade
    error_message = "Below 400 GB RDS decides about IOPS, and no major upgrade happens by itself."
  }
  assert {
    condition     = jsondecode(aws_iam_role.proxy.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "The proxy's role may be taken for this account only."
  }
}

run "changes" {
  command = plan

  module {
    source = "./database"
  }

  variables {
    proxy_trust_names_account = false
    settings                  = { instance_class = "db.m7g.large", storage_gb = 400, max_storage_gb = 1000, connections = 800, multi_az = true, backup_days = 14, postgres = "18.4" }
  }

  assert {
    condition     = aws_db_instance.this.identifier == run.server.identifier && aws_db_instance.this.address == run.server.address
    error_message = "The server is changed, not replaced."
  }
  assert {
    condition = alltrue([
      for server in concat([aws_db_instance.this], aws_db_instance.reader) : server.allocated_storage == 400 && server.iops == 12000 && server.storage_throughput == 500
    ])
    error_message = "From 400 GB on RDS requires IOPS and throughput, also of the reader."
  }
  assert {
    condition     = aws_db_instance.this.allow_major_version_upgrade && aws_db_instance.this.engine_version == "18.4" && aws_db_parameter_group.this.family == "postgres18"
    error_message = "An exact version allows a major upgrade, with the parameters of its family."
  }
  assert {
    condition     = aws_db_parameter_group.this.skip_destroy && !aws_db_instance.this.apply_immediately
    error_message = "The upgrade waits for the maintenance window, until which the server uses the old parameter group."
  }
  assert {
    condition     = !can(jsondecode(aws_iam_role.proxy.assume_role_policy).Statement[0].Condition)
    error_message = "The condition on the account can be left out."
  }
}
