# Connects the two clouds: `cargo xtask deploy` reads these outputs and passes them to Lambda and wrangler.

output "name" {
  description = "The installation's name."
  value       = var.name
}

output "aws_account_id" {
  description = "The AWS account of the installation. A deployment with keys of another account stops at once."
  value       = local.account_id
}

output "domain" {
  description = "The default domain of short links."
  value       = var.domain
}

output "migrate" {
  description = "The function that applies migrations, the first step of a deployment."
  value       = { name = module.migrate.name, region = var.region, package = "migrate.zip" }
}

output "functions" {
  description = "The functions behind an alias, in the order of deployment: readers of a new format before its writers."
  value = concat(
    [
      { name = module.consumer.name, region = var.region, package = "log-consumer.zip" },
      { name = module.maintenance.name, region = var.region, package = "maintenance.zip" },
    ],
    [for failover in module.failover : { name = failover.name, region = var.region, package = "origin-lambda.zip" }],
    [for region in local.ordered_regions : { name = module.origin[region].name, region = region, package = "origin-lambda.zip" }],
  )
}

output "canary_alarms" {
  description = "Alarms that stop a deployment, by region."
  value       = local.canary_alarms
}

output "workers" {
  description = "The Workers, in the order of deployment: a Worker before those that call it."
  value = [
    {
      name          = cloudflare_workers_script.api.script_name
      account_id    = var.cloudflare_account_id
      wrangler      = "wrangler-api.toml"
      kv_namespaces = { LINKS = cloudflare_workers_kv_namespace.links.id }
      services      = {}
    },
    {
      name          = cloudflare_workers_script.edge.script_name
      account_id    = var.cloudflare_account_id
      wrangler      = "wrangler.toml"
      kv_namespaces = { LINKS = cloudflare_workers_kv_namespace.links.id }
      services      = { API = cloudflare_workers_script.api.script_name }
    },
  ]
}

output "worker_vars" {
  description = "Values for the empty variables of the wrangler files. Each Worker gets those that its file has."
  value = merge({
    ORIGIN_URLS      = join(",", [for region in local.ordered_regions : trimsuffix(aws_lambda_function_url.origin[region].function_url, "/")])
    DEFAULT_DOMAIN   = var.domain
    DASHBOARD_HOST   = var.dashboard_host == null ? "" : var.dashboard_host
    COMPATIBLE_APIS  = join(",", sort(var.compatible_apis))
    CLICK_QUEUE_URL  = aws_sqs_queue.clicks.url
    AWS_REGION       = var.region
    RATE_LIMIT_ALLOW = join(",", var.rate_limit_allow)
    PURGE_ZONE_IDS   = join(",", local.zones)
    CODE_CEILING     = tostring(var.origin.code_ceiling)
  }, var.worker_vars)
}

locals {
  # In the current generations. Both Workers sign with the key of one user: a second user would need a rotation of its own.
  edge_access_key = aws_iam_access_key.edge[tostring(var.generations.edge_access_key[0])]
  visitors_worker_secrets = {
    EDGE_SECRET           = local.edge_secrets[0]
    CODE_KEY              = local.code_key
    AWS_ACCESS_KEY_ID     = local.edge_access_key.id
    AWS_SECRET_ACCESS_KEY = local.edge_access_key.secret
    # An empty variable counts as absent.
    OTEL_EXPORTER_OTLP_HEADERS = var.worker_traces_headers
  }
  api_worker_secrets = {
    EDGE_SECRET           = local.edge_secrets[0]
    AWS_ACCESS_KEY_ID     = local.edge_access_key.id
    AWS_SECRET_ACCESS_KEY = local.edge_access_key.secret
    PURGE_TOKEN           = cloudflare_account_token.purge[tostring(var.generations.purge_token[0])].value
    # An empty variable counts as absent.
    OTEL_EXPORTER_OTLP_HEADERS = var.worker_traces_headers
  }
}

output "worker_secrets" {
  description = "The secrets of each Worker, by its name."
  sensitive   = true
  value = {
    (cloudflare_workers_script.api.script_name)  = local.api_worker_secrets
    (cloudflare_workers_script.edge.script_name) = local.visitors_worker_secrets
  }
}

output "admin_key_secret" {
  description = "The name of the secret with the API's bootstrap key; `aws secretsmanager get-secret-value --secret-id` shows it."
  value       = aws_secretsmanager_secret.generated["admin-key-${var.generations.admin_key}"].name
}

output "failover_targets" {
  description = "DNS targets for the short domains when Cloudflare is down; empty without `failover_domain`."
  value       = local.failover_targets
}
