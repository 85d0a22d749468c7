# The databases, the connections that each function may open, and the migrations. Links and analytics share a server unless
# `analytics_database` is set.

locals {
  database_owner = "shortline_owner"

  # The most connections that one instance of a function opens. `cargo xtask test infra` compares them with the code.
  pool = {
    origin_links       = 2 # LINKS_LAMBDA_POOL
    origin_analytics   = 4 # ANALYTICS_POOL
    origin_lists       = 2 # LISTS_LAMBDA_POOL
    consumer_links     = 1
    consumer_analytics = 1
  }

  analytics_server = var.analytics_database == null ? "links" : "analytics"
  servers          = toset(["links", local.analytics_server])
  server_settings = {
    links     = var.database
    analytics = var.analytics_database
  }

  connections = module.changes.connections
  uses_reader = var.database.reader && var.database.reader_in_use

  # The proxy gets 90 %. On each server the consumer has its share, and the origins of all regions divide the rest.
  proxied_connections = { for server in local.servers : server => floor(local.connections[server] * 0.9) }
  connections_of_consumer = {
    for server in local.servers : server => var.consumer.concurrency * sum([
      server == "links" ? local.pool.consumer_links : 0,
      server == local.analytics_server ? local.pool.consumer_analytics : 0,
    ])
  }
  connections_of_one_origin = {
    for server in local.servers : server => sum([
      server == "links" ? local.pool.origin_links : 0,
      # Lists use the primary if no reader is in use.
      server == "links" && !local.uses_reader ? local.pool.origin_lists : 0,
      server == local.analytics_server ? local.pool.origin_analytics : 0,
    ])
  }
  # The functions that share the rest: an origin in each region, and the one behind the HTTP API.
  origins = length(local.regions) + (var.failover_domain == null ? 0 : 1)
  affordable_origin_instances = min([
    for server in local.servers :
    floor((local.proxied_connections[server] - local.connections_of_consumer[server]) / local.connections_of_one_origin[server] / local.origins)
  ]...)
  # The reader has no proxy and accepts as many connections as its primary.
  readable_origin_instances = floor(local.connections.links * 0.9 / local.pool.origin_lists / local.origins)
  origin_instances = min(
    var.origin.max_concurrency,
    local.affordable_origin_instances,
    local.uses_reader ? local.readable_origin_instances : var.origin.max_concurrency,
  )
  origin_concurrency = var.reserve_concurrency ? local.origin_instances : -1

  # The proxy's certificate is verified against the public CAs, a server's against the CA of RDS, which the packages contain.
  to_proxy  = "?sslmode=verify-full"
  to_server = "?sslmode=verify-full&sslrootcert=/var/task/rds-ca.pem"

  proxied_url = {
    for user in ["origin", "lists", "consumer"] : user => {
      for database, server in { links = "links", analytics = local.analytics_server } :
      database => "postgres://${local.login[user]}:${local.login_passwords[local.login[user]]}@${module.database[server].proxy_address}:5432/${database}${local.to_proxy}"
    }
  }
  owner_url = {
    for database, server in { links = "links", analytics = local.analytics_server } :
    database => "postgres://${local.database_owner}:${local.secrets["database-owner"]}@${module.database[server].address}:5432/${database}${local.to_server}"
  }
  lists_url = (
    local.uses_reader
    ? "postgres://${local.login.lists}:${local.login_passwords[local.login.lists]}@${module.database["links"].reader_address}:5432/links${local.to_server}"
    : local.proxied_url.lists.links
  )

  origin_environment = {
    DATABASE_URL           = local.proxied_url.origin.links
    ANALYTICS_DATABASE_URL = local.proxied_url.origin.analytics
    LISTS_DATABASE_URL     = local.lists_url
    DEFAULT_DOMAIN         = var.domain
    OWN_HOSTS              = var.failover_domain == null ? "" : var.failover_domain
    DASHBOARD_HOST         = var.dashboard_host == null ? "" : var.dashboard_host
    COMPATIBLE_APIS        = join(",", sort(var.compatible_apis))
    WORKER_NAME            = var.name
    ALLOWED_SCHEMES        = join(",", var.allowed_schemes)
    SHORTLINE_ADMIN_KEY    = local.admin_key
    EDGE_SECRET            = local.edge_secrets[0]
    EDGE_SECRET_PREVIOUS   = try(local.edge_secrets[1], "")
    CODE_KEY               = local.code_key
    SIGNING_SECRET         = local.secrets["signing-secret"]
    CODE_CEILING           = tostring(var.origin.code_ceiling)
    RAW_CLICK_DAYS         = tostring(var.raw_click_days)
  }
}

# Refuses or announces what a plan would take from live versions. Nothing depends on its order, since it decides in the plan.
module "changes" {
  source = "./changes"

  plan_time        = plantimestamp()
  networks         = local.network_cidrs
  generations      = { for kind, list in var.generations : kind => list if kind != "admin_key" }
  servers          = { for server in local.servers : server => local.server_settings[server] }
  analytics_server = local.analytics_server
  reader           = { exists = var.database.reader, is_in_use = local.uses_reader }
  has_failover     = local.has_failover
  attach_worker_by = var.attach_worker_by
  domains          = keys(local.worker_hosts)
}

module "database" {
  source   = "./database"
  for_each = local.servers

  name       = "${var.name}-${each.key}"
  account_id = local.account_id
  partition  = local.partition
  region     = var.region
  database   = each.key
  # Away only if an account shows that RDS Proxy does not send it.
  proxy_trust_names_account = !var.workarounds.proxy_trust_without_account
  settings                  = local.server_settings[each.key]
  reader                    = each.key == "links" && var.database.reader
  kms_key_arn               = aws_kms_key.home.arn
  log_days                  = var.log_days
  network                   = { vpc_id = local.home.vpc_id, subnet_ids = local.home.subnet_ids }
  owner                     = { username = local.database_owner, password = local.secrets["database-owner"] }

  login_secret_arns = { for user, version in aws_secretsmanager_secret_version.login : user => version.arn }
  clients = merge(
    { origin = local.home.origin_security_group_id, consumer = aws_security_group.consumer.id },
    var.failover_domain == null ? {} : { failover = aws_security_group.failover[0].id },
  )
  client_cidrs = { for region, slot in var.further_regions : region => local.network_cidrs[region] }
  direct_clients = merge(
    { "schema owners" = aws_security_group.schema_owner.id },
    var.database.reader && each.key == "links" ? { "origin, for the reader" = local.home.origin_security_group_id } : {},
  )
}

# For the functions that connect as the owner of the schema: migrations, and the maintenance, which creates and drops partitions.
resource "aws_security_group" "schema_owner" {
  name_prefix = "${var.name}-schema-owner-"
  description = "Migrations and maintenance: out to Postgres only"
  vpc_id      = local.home.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "schema_owner_to_postgres" {
  security_group_id = aws_security_group.schema_owner.id
  description       = "Postgres directly, because their statements would pin connections of the proxy"
  cidr_ipv4         = local.home.network_cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

module "migrate" {
  source = "./function"

  name        = "${var.name}-migrate"
  description = "Migrates both databases to the schema of a build, as a step of its deployment"
  region      = var.region
  partition   = local.partition
  package     = "${var.packages}/migrate.zip"
  memory_mb   = 256
  # Lambda's maximum: a migration may have to wait for locks.
  timeout_seconds = 900
  # Concurrent runs wait for each other anyway.
  reserved_concurrency = var.reserve_concurrency ? 1 : -1
  kms_key_arn          = aws_kms_key.home.arn
  log_days             = var.log_days
  environment = {
    DATABASE_URL           = local.owner_url.links
    ANALYTICS_DATABASE_URL = local.owner_url.analytics
    LOGINS                 = jsonencode({ for user, password in local.login_passwords : user => password if !startswith(user, "lists_") })
    LISTS_LOGINS           = jsonencode({ for user, password in local.login_passwords : user => password if startswith(user, "lists_") })
  }
  network = {
    subnet_ids         = local.home.subnet_ids
    security_group_ids = [aws_security_group.schema_owner.id]
  }
}
