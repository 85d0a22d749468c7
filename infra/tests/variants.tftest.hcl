# The effects of the options. Defaults are tested in defaults.tftest.hcl.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["a", "b", "c"] }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_acm_certificate" {
    defaults = {
      domain_validation_options = [{
        domain_name           = "go.example.com"
        resource_record_name  = "_a.example.com."
        resource_record_type  = "CNAME"
        resource_record_value = "_b.acm-validations.aws."
      }]
    }
  }
}

mock_provider "cloudflare" {}

mock_provider "random" {
  mock_resource "random_password" {
    defaults = { result = "generated" }
  }
}

variables {
  region                = "eu-central-1"
  cloudflare_account_id = "0123456789abcdef0123456789abcdef"
  cloudflare_zone_id    = "fedcba9876543210fedcba9876543210"
  domain                = "go.example.com"
  alarm_emails          = ["ops@example.com"]
}

run "everything_twice" {
  command = apply

  variables {
    further_regions    = { us-east-1 = 1, us-west-2 = 2 }
    further_domains    = { "go.example.net" = "00000000000000000000000000000001" }
    attach_worker_by   = "route"
    analytics_database = { connections = 200 }
    database           = { reader = true }
    failover_domain    = "go-direct.example.com"
    dashboard_host     = "links.example.com"
    compatible_apis    = ["yourls", "shlink"]
    allowed_schemes    = ["tel", "com.example.app"]
    worker_vars        = { FALLBACK_URL = "https://example.com/", PURGE_BURST = "500" }
    generations        = { edge_secret = [2, 1], edge_access_key = [2, 1], database_login = [2, 1], purge_token = [2, 1] }
  }

  # Three regions.
  assert {
    condition     = length(split(",", output.worker_vars.ORIGIN_URLS)) == 3 && length(aws_vpc_peering_connection.home) == 2
    error_message = "The Worker uses all regions, and the further ones reach the databases."
  }
  assert {
    condition     = aws_route.to_home["us-east-1"].destination_cidr_block == "10.80.0.0/16" && aws_route.from_home["us-east-1"].destination_cidr_block == "10.81.0.0/16"
    error_message = "The regions' networks do not overlap and have routes to each other."
  }
  assert {
    condition     = length([for function in output.functions : function if function.package == "origin-lambda.zip"]) == 4
    error_message = "A deployment covers the origin in every region and the one behind the HTTP API."
  }
  assert {
    condition     = contains(output.canary_alarms["us-east-1"], "shortline-edge-unavailable") && aws_sns_topic.edge.name != "shortline-alarms"
    error_message = "us-east-1 as a region stops deployments by the edge's alarm, whose topic is not the region's: that goes with the region."
  }
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_user_policy.edge.policy).Statement : statement.Resource])) == toset([
      module.origin["eu-central-1"].alias_arn, module.origin["us-east-1"].alias_arn, module.origin["us-west-2"].alias_arn, aws_sqs_queue.clicks.arn,
    ])
    error_message = "The Worker's key may call every origin."
  }

  # An analytics server, and a reader.
  assert {
    condition     = toset(keys(module.database)) == toset(["links", "analytics"])
    error_message = "There are two servers."
  }
  assert {
    condition     = nonsensitive(local.proxied_url.origin.analytics) == "postgres://origin_2:generated@${module.database["analytics"].proxy_address}:5432/analytics?sslmode=verify-full"
    error_message = "Statistics are read from the analytics server."
  }
  assert {
    condition     = startswith(nonsensitive(local.lists_url), "postgres://lists_2:generated@${module.database["links"].reader_address}:")
    error_message = "Lists are read from the reader with a separate login."
  }
  # Four functions share what remains of 180 connections, at 4 each: the smaller server decides.
  assert {
    condition     = module.origin["us-east-1"].reserved_concurrency == floor((180 - 5) / 4 / 4)
    error_message = "All instances with full pools fit into the connections of each proxy."
  }

  # A reader, with a pool of 2 in each instance.
  assert {
    condition     = 4 * module.origin["us-east-1"].reserved_concurrency * 2 <= var.database.connections * 0.9
    error_message = "All instances with full pools fit into the connections of the reader."
  }
  assert {
    condition     = output.worker_vars.FALLBACK_URL == "https://example.com/" && output.worker_vars.PURGE_BURST == "500" && output.worker_vars.PURGE_ZONE_IDS == "00000000000000000000000000000001,fedcba9876543210fedcba9876543210"
    error_message = "The Worker receives the overrides of the installation."
  }

  assert {
    condition     = nonsensitive(local.origin_environment.ALLOWED_SCHEMES) == "tel,com.example.app"
    error_message = "The origin allows the schemes of apps."
  }

  # Two domains, and the dashboard's host.
  assert {
    condition     = { for domain, route in cloudflare_workers_route.edge : route.pattern => route.zone_id } == { "go.example.com/*" = "fedcba9876543210fedcba9876543210", "go.example.net/*" = "00000000000000000000000000000001", "links.example.com/*" = "fedcba9876543210fedcba9876543210" }
    error_message = "Each domain has a route in its zone, and so has the dashboard's host."
  }
  assert {
    condition     = output.worker_vars.DASHBOARD_HOST == "links.example.com" && nonsensitive(local.origin_environment.DASHBOARD_HOST) == "links.example.com"
    error_message = "Worker and origin know the same host of the dashboard."
  }
  assert {
    condition     = output.worker_vars.COMPATIBLE_APIS == "shlink,yourls" && nonsensitive(local.origin_environment.COMPATIBLE_APIS) == "shlink,yourls"
    error_message = "Worker and origin serve the same APIs of other shorteners."
  }
  assert {
    condition     = length(jsondecode(one(cloudflare_account_token.purge["2"].policies).resources)) == 2
    error_message = "The purge token may purge both zones."
  }

  # Failover.
  assert {
    condition     = toset([for route in aws_apigatewayv2_route.failover : split(" ", route.route_key)[1]]) == toset(["/", "/{path+}"]) && !contains([for route in aws_apigatewayv2_route.failover : split(" ", route.route_key)[0]], "ANY")
    error_message = "The HTTP API serves only links."
  }
  assert {
    condition     = toset(keys(output.failover_targets)) == toset(["go.example.com", "go.example.net", "go-direct.example.com"]) && aws_apigatewayv2_api.failover[0].disable_execute_api_endpoint
    error_message = "It serves every domain and no other."
  }
  assert {
    condition = alltrue([
      for description in [aws_security_group.failover[0].description, aws_vpc_security_group_egress_rule.failover_to_postgres[0].description, aws_vpc_security_group_egress_rule.failover_to_sqs[0].description] :
      can(regex("^[a-zA-Z0-9. _:/()#,@\\[\\]+=&;{}!$*-]{1,255}$", description))
    ])
    error_message = "EC2 accepts no other characters."
  }
  assert {
    condition     = cloudflare_dns_record.failover[0].proxied == false
    error_message = "Its own domain bypasses Cloudflare's proxy."
  }

  assert {
    condition = (
      length(setsubtract(["failover-errors", "failover-throttles", "failover-concurrency"], keys(aws_cloudwatch_metric_alarm.simple))) == 0
      && aws_cloudwatch_metric_alarm.simple["failover-concurrency"].threshold == 0.8 * module.failover[0].reserved_concurrency
      && length(setsubtract(["shortline-failover-errors", "shortline-failover-throttles"], output.canary_alarms["eu-central-1"])) == 0
    )
    error_message = "It has the same alarms as the origin, and they stop a deployment."
  }
  assert {
    condition     = length([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget if startswith(widget.properties.title, "Failover")]) == 1
    error_message = "The dashboard shows it."
  }

  # During a rotation.
  assert {
    condition     = toset(keys(aws_iam_access_key.edge)) == toset(["1", "2"]) && nonsensitive(output.worker_secrets["shortline"].AWS_ACCESS_KEY_ID) == aws_iam_access_key.edge["2"].id
    error_message = "Both keys are valid, and the next deployment uses the new one."
  }
  assert {
    condition     = toset(local.logins) == toset(["origin_1", "origin_2", "lists_1", "lists_2", "consumer_1", "consumer_2"]) && strcontains(nonsensitive(local.owner_url.links), "shortline_owner")
    error_message = "Both generations of users exist."
  }
  assert {
    condition     = nonsensitive(local.origin_environment.EDGE_SECRET_PREVIOUS) != ""
    error_message = "The origin accepts both secrets."
  }
}

run "one_region_less" {
  command = plan

  variables {
    further_regions    = { us-west-2 = 2 }
    further_domains    = { "go.example.net" = "00000000000000000000000000000001" }
    attach_worker_by   = "route"
    analytics_database = { connections = 200 }
    database           = { reader = true }
    failover_domain    = "go-direct.example.com"
    generations        = { edge_secret = [2], edge_access_key = [2], database_login = [2], purge_token = [2] }
  }

  assert {
    condition     = aws_route.from_home["us-west-2"].destination_cidr_block == "10.82.0.0/16"
    error_message = "The remaining region keeps its network."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.simple["edge-unavailable"].alarm_actions == toset([aws_sns_topic.edge.arn])
    error_message = "The edge's alarm keeps its topic when us-east-1 goes."
  }
}

run "a_small_account" {
  command   = plan
  state_key = "small"

  variables {
    reserve_concurrency = false
    zone_settings       = false
    workarounds         = { buffered_responses = true }
    consumer            = { paused = true }
  }

  assert {
    condition     = module.origin["eu-central-1"].reserved_concurrency == -1 && module.consumer.reserved_concurrency == -1
    error_message = "Nothing is reserved without `reserve_concurrency`."
  }
  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.simple), "failover-errors")
    error_message = "There are no alarms for absent resources."
  }
  assert {
    condition     = aws_lambda_function_url.origin["eu-central-1"].invoke_mode == "BUFFERED"
    error_message = "Responses are buffered on request."
  }
  assert {
    condition     = !aws_lambda_event_source_mapping.clicks.enabled
    error_message = "An apply does not start a paused consumer."
  }
  assert {
    condition     = length(cloudflare_zone_setting.this) == 0
    error_message = "The zone keeps its settings."
  }
}
