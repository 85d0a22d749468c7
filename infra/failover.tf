# Optional: redirects without Cloudflare's proxy, by an HTTP API with its own domain and with certificates for the short domains, so that
# their DNS can be pointed at it. Any path may be a link, because names and forwarded paths may contain slashes, so the API routes every
# path. The function itself refuses the API of record: with `FAILOVER_DOMAIN` set it only redirects. It runs the origin's package with
# buffered responses, because an HTTP API does not stream.

locals {
  has_failover = var.failover_domain != null
  # `try`, because the provider computes it inside a block that the schemas of the offline tests leave out.
  failover_targets = {
    for domain, name in aws_apigatewayv2_domain_name.failover : domain => try(name.domain_name_configuration[0].target_domain_name, "unknown")
  }
  failover_domains = local.has_failover ? merge({ (var.failover_domain) = var.cloudflare_zone_id }, local.domains) : {}
}

resource "aws_security_group" "failover" {
  # checkov:skip=CKV2_AWS_5:The function in its module uses it
  count = local.has_failover ? 1 : 0

  name_prefix = "${var.name}-failover-"
  description = "Origin behind the HTTP API: out to Postgres and SQS only"
  vpc_id      = local.home.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "failover_to_postgres" {
  count = local.has_failover ? 1 : 0

  security_group_id = aws_security_group.failover[0].id
  description       = "Postgres"
  cidr_ipv4         = local.home.network_cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_egress_rule" "failover_to_sqs" {
  count = local.has_failover ? 1 : 0

  security_group_id            = aws_security_group.failover[0].id
  description                  = "SQS, for the clicks that it sends"
  referenced_security_group_id = aws_security_group.sqs.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

module "failover" {
  source = "./function"
  count  = local.has_failover ? 1 : 0

  name                 = "${var.name}-failover"
  description          = "The origin behind the HTTP API: redirects only"
  region               = var.region
  partition            = local.partition
  package              = "${var.packages}/origin-lambda.zip"
  memory_mb            = var.origin.memory_mb
  timeout_seconds      = 30
  reserved_concurrency = local.origin_concurrency
  kms_key_arn          = aws_kms_key.home.arn
  log_days             = var.log_days
  environment = merge(local.origin_environment, local.traces_environment[var.region], {
    CLICK_QUEUE_URL = aws_sqs_queue.clicks.url
    FAILOVER_DOMAIN = var.failover_domain
    # The same as the edge's, so that both answer alike.
    FALLBACK_URL = lookup(var.worker_vars, "FALLBACK_URL", "")
  })
  network = {
    subnet_ids         = local.home.subnet_ids
    security_group_ids = [aws_security_group.failover[0].id]
  }
  statements = concat(local.traces_statements, [{
    Effect   = "Allow"
    Action   = "sqs:SendMessage"
    Resource = aws_sqs_queue.clicks.arn
  }])
}

resource "aws_apigatewayv2_api" "failover" {
  count = local.has_failover ? 1 : 0

  name          = "${var.name}-failover"
  description   = "Redirects without the CDN"
  protocol_type = "HTTP"
  # Reachable only by its own domains.
  disable_execute_api_endpoint = true
}

resource "aws_apigatewayv2_integration" "failover" {
  count = local.has_failover ? 1 : 0

  api_id                 = aws_apigatewayv2_api.failover[0].id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = module.failover[0].alias_invoke_arn
  payload_format_version = "2.0"
}

locals {
  # 307 and 308 redirects accept methods other than GET and HEAD. `/` redirects to the fallback.
  failover_routes = toset(concat(
    [for method in ["GET", "HEAD"] : "${method} /"],
    [for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] : "${method} /{path+}"],
  ))
}

resource "aws_apigatewayv2_route" "failover" {
  # checkov:skip=CKV_AWS_309:Short links are public
  for_each = local.has_failover ? local.failover_routes : []

  api_id             = aws_apigatewayv2_api.failover[0].id
  route_key          = each.value
  target             = "integrations/${aws_apigatewayv2_integration.failover[0].id}"
  authorization_type = "NONE"
}

resource "aws_apigatewayv2_stage" "failover" {
  count = local.has_failover ? 1 : 0

  api_id      = aws_apigatewayv2_api.failover[0].id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    detailed_metrics_enabled = true
    # What the function's instances can answer at 50 ms each, with bursts of one second's worth.
    throttling_rate_limit  = local.origin_instances * 20
    throttling_burst_limit = local.origin_instances * 20
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.failover[0].arn
    # Without client addresses and paths.
    format = jsonencode({
      request_id = "$context.requestId"
      route      = "$context.routeKey"
      status     = "$context.status"
      latency_ms = "$context.responseLatency"
      error      = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_cloudwatch_log_group" "failover" {
  count = local.has_failover ? 1 : 0

  name              = "/${var.name}/failover"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.home.arn
}

resource "aws_lambda_permission" "failover" {
  count = local.has_failover ? 1 : 0

  function_name = module.failover[0].name
  qualifier     = module.failover[0].alias_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.failover[0].execution_arn}/*"
}

resource "aws_acm_certificate" "failover" {
  for_each = local.failover_domains

  domain_name       = each.key
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "cloudflare_dns_record" "failover_validation" {
  for_each = local.failover_domains

  zone_id = each.value
  name    = trimsuffix(one(aws_acm_certificate.failover[each.key].domain_validation_options[*].resource_record_name), ".")
  type    = one(aws_acm_certificate.failover[each.key].domain_validation_options[*].resource_record_type)
  content = trimsuffix(one(aws_acm_certificate.failover[each.key].domain_validation_options[*].resource_record_value), ".")
  ttl     = 300
  proxied = false
}

resource "aws_acm_certificate_validation" "failover" {
  for_each = local.failover_domains

  certificate_arn         = aws_acm_certificate.failover[each.key].arn
  validation_record_fqdns = [cloudflare_dns_record.failover_validation[each.key].name]
}

resource "aws_apigatewayv2_domain_name" "failover" {
  for_each = local.failover_domains

  domain_name = each.key

  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.failover[each.key].certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "failover" {
  for_each = local.failover_domains

  api_id      = aws_apigatewayv2_api.failover[0].id
  domain_name = aws_apigatewayv2_domain_name.failover[each.key].id
  stage       = aws_apigatewayv2_stage.failover[0].id
}

# Points directly to AWS. The short domains stay with the Worker until an operator points them here; see docs/runbook.md.
resource "cloudflare_dns_record" "failover" {
  count = local.has_failover ? 1 : 0

  zone_id = var.cloudflare_zone_id
  name    = var.failover_domain
  type    = "CNAME"
  content = local.failover_targets[var.failover_domain]
  ttl     = 60
  proxied = false
}
