# Cloudflare, and the key that the Workers sign their calls to AWS with. Terraform owns domains, schedule, KV namespace and
# token. The Workers' code and bindings are defined in `wrangler.toml` and `wrangler-api.toml`, and deployed by `cargo xtask deploy`.

locals {
  zones   = toset(concat([var.cloudflare_zone_id], values(var.further_domains)))
  domains = merge({ (var.domain) = var.cloudflare_zone_id }, var.further_domains)
  # Where the Worker answers: a dashboard host of its own has no links.
  worker_hosts = merge(local.domains, var.dashboard_host == null ? {} : { (var.dashboard_host) = var.cloudflare_zone_id })

  zone_settings = {
    always_use_https = "on"
    min_tls_version  = "1.2"
    # For other services of the zone: the Worker verifies TLS on its own calls anyway.
    ssl = "strict"
    # A replayed request to the API would be executed twice.
    "0rtt" = "off"
    # Both rewrite HTML, and the Content-Security-Policy of our pages forbids the script that they add.
    email_obfuscation = "off"
    rocket_loader     = "off"
  }
}

resource "cloudflare_zone_setting" "this" {
  for_each = {
    for pair in setproduct(local.zones, var.zone_settings ? keys(local.zone_settings) : []) :
    "${pair[0]}/${pair[1]}" => { zone_id = pair[0], setting = pair[1] }
  }

  zone_id    = each.value.zone_id
  setting_id = each.value.setting
  value      = local.zone_settings[each.value.setting]
}

locals {
  # For domains, schedule and service binding to attach to. The first deployment replaces it.
  placeholder = <<-JS
    const answer = () => new Response("Not deployed yet.\n", { status: 503, headers: { "Retry-After": "60" } });
    export default { fetch: answer, scheduled() {} };
  JS
}

# The visitor's Worker, which takes every request.
resource "cloudflare_workers_script" "edge" {
  account_id         = var.cloudflare_account_id
  script_name        = var.name
  main_module        = "index.js"
  compatibility_date = "2026-07-01"
  content            = local.placeholder

  lifecycle {
    ignore_changes = all
  }
}

# The API's Worker. Only the visitor's Worker calls it, so it has neither domain nor route.
resource "cloudflare_workers_script" "api" {
  account_id         = var.cloudflare_account_id
  script_name        = "${var.name}-api"
  main_module        = "index.js"
  compatibility_date = "2026-07-01"
  content            = local.placeholder

  lifecycle {
    ignore_changes = all
  }
}

# Disabled, because the Cache API does nothing on workers.dev and the zone's rules do not apply there.
resource "cloudflare_workers_script_subdomain" "edge" {
  account_id       = var.cloudflare_account_id
  script_name      = cloudflare_workers_script.edge.script_name
  enabled          = false
  previews_enabled = false
}

# Disabled, because there nobody would limit callers or require https.
resource "cloudflare_workers_script_subdomain" "api" {
  account_id       = var.cloudflare_account_id
  script_name      = cloudflare_workers_script.api.script_name
  enabled          = false
  previews_enabled = false
}

resource "cloudflare_workers_custom_domain" "edge" {
  for_each = var.attach_worker_by == "custom_domain" ? local.worker_hosts : {}

  account_id = var.cloudflare_account_id
  zone_id    = each.value
  hostname   = each.key
  service    = cloudflare_workers_script.edge.script_name
}

resource "cloudflare_workers_route" "edge" {
  for_each = var.attach_worker_by == "route" ? local.worker_hosts : {}

  zone_id = each.value
  pattern = "${each.key}/*"
  script  = cloudflare_workers_script.edge.script_name
}

# Publishes what a write could not publish, and creates the next day's visitor key.
resource "cloudflare_workers_cron_trigger" "api" {
  account_id  = var.cloudflare_account_id
  script_name = cloudflare_workers_script.api.script_name
  schedules   = [{ cron = "* * * * *" }]
}

# The replica of all published links, and the day's visitor key.
resource "cloudflare_workers_kv_namespace" "links" {
  account_id = var.cloudflare_account_id
  title      = "${var.name}-links"
}

# May only purge the caches of our zones.
resource "cloudflare_account_token" "purge" {
  for_each = toset([for number in var.generations.purge_token : tostring(number)])

  account_id = var.cloudflare_account_id
  name       = "${var.name}-purge-${each.key}"
  policies = [{
    effect = "allow"
    # "Cache Purge": https://developers.cloudflare.com/fundamentals/api/reference/permissions/
    permission_groups = [{ id = "e17beae8b8cb423a99b1730f21238bed" }]
    resources         = jsonencode({ for zone in local.zones : "com.cloudflare.api.account.zone.${zone}" => "*" })
  }]
}

# An IAM user with a key, because a Worker has no identity that AWS trusts. It may call the origin and send clicks.
resource "aws_iam_user" "edge" {
  # checkov:skip=CKV_AWS_273:A Worker cannot log in by SSO; its key has generations and rotates without downtime
  name = "${var.name}-edge"
}

resource "aws_iam_user_policy" "edge" {
  # checkov:skip=CKV_AWS_40:One user, whose policy is about this one user; a group would only hide it
  name = "edge"
  user = aws_iam_user.edge.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "lambda:InvokeFunctionUrl"
        Resource  = [for origin in module.origin : origin.alias_arn]
        Condition = { StringEquals = { "lambda:FunctionUrlAuthType" = "AWS_IAM" } }
      },
      {
        # Required in addition since October 2025, and allowed only through the URL.
        # https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        Effect    = "Allow"
        Action    = "lambda:InvokeFunction"
        Resource  = [for origin in module.origin : origin.alias_arn]
        Condition = { Bool = { "lambda:InvokedViaFunctionUrl" = "true" } }
      },
      {
        # /readyz reads the attributes.
        Effect   = "Allow"
        Action   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
        Resource = aws_sqs_queue.clicks.arn
      },
    ]
  })
}

resource "aws_iam_access_key" "edge" {
  for_each = toset([for number in var.generations.edge_access_key : tostring(number)])

  user = aws_iam_user.edge.name

  # IAM allows two keys at most.
  lifecycle {
    create_before_destroy = true
  }
}
