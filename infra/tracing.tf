# Optional: where origin and consumer send their traces. Their network has no way out, so a collector is inside it, or is X-Ray behind
# an endpoint of its own. Without either they send nothing.

variable "tracing" {
  description = "Where origin and consumer send traces: `off`, `xray`, or the URL of a collector for OTLP over HTTP inside `network`, such as http://10.80.3.4:4318. X-Ray takes them only with Transaction Search, a setting of the account."
  type        = string
  default     = "off"

  validation {
    condition     = contains(["off", "xray"], var.tracing) || can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?(/[^?#]*)?$", var.tracing))
    error_message = "Use `off`, `xray`, or a URL such as http://10.80.3.4:4318. Headers with secrets have no place in it."
  }
}

variable "tracing_ratio" {
  description = "The share of traces that are sent, from 0 to 1. Those of failures are always sent."
  type        = number
  default     = 0.01

  validation {
    condition     = var.tracing_ratio >= 0 && var.tracing_ratio <= 1
    error_message = "Use a number from 0 to 1."
  }
}

variable "worker_traces_headers" {
  description = "Headers for the collector of the Workers' traces, such as x-api-key=…. Its address is `OTEL_EXPORTER_OTLP_ENDPOINT` in `worker_vars`."
  type        = string
  default     = ""
  sensitive   = true
}

locals {
  traces_to_xray      = var.tracing == "xray"
  traces_to_collector = !contains(["off", "xray"], var.tracing)
  collector_ports     = local.traces_to_collector ? regex("^(https?)://[^:/]+(?::([0-9]+))?", var.tracing) : ["http", null]
  collector_port      = coalesce(local.collector_ports[1], local.collector_ports[0] == "https" ? "443" : "80")
  traced_regions      = local.traces_to_xray ? local.regions : toset([])

  traces_endpoint = {
    for region in local.regions : region => local.traces_to_xray ? "https://xray.${region}.amazonaws.com/v1/traces" : ""
  }
  # An empty variable counts as absent.
  traces_environment = {
    for region in local.regions : region => {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = local.traces_endpoint[region]
      OTEL_EXPORTER_OTLP_ENDPOINT        = local.traces_to_collector ? var.tracing : ""
      OTEL_EXPORTER_OTLP_TIMEOUT         = "1000"
      OTEL_TRACES_SAMPLER                = "parentbased_traceidratio"
      OTEL_TRACES_SAMPLER_ARG            = tostring(var.tracing_ratio)
    }
  }
  # X-Ray has no resources for what is written.
  traces_statements = local.traces_to_xray ? [{
    Effect   = "Allow"
    Action   = ["xray:PutTraceSegments", "xray:PutSpans"]
    Resource = "*"
  }] : []

  # Who sends traces, and from where.
  traced_functions = merge(
    { for region in local.regions : "origin-${region}" => { region = region, group = module.region[region].origin_security_group_id } },
    { consumer = { region = var.region, group = aws_security_group.consumer.id } },
    local.has_failover ? { failover = { region = var.region, group = aws_security_group.failover[0].id } } : {},
  )
}

# One for each region with an origin. The price is in docs/cost.md.
resource "aws_vpc_endpoint" "xray" {
  for_each = local.traced_regions

  region              = each.key
  vpc_id              = module.region[each.key].vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${each.key}.xray"
  subnet_ids          = module.region[each.key].subnet_ids
  security_group_ids  = [aws_security_group.xray[each.key].id]
  private_dns_enabled = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = ["xray:PutTraceSegments", "xray:PutSpans"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account_id } }
    }]
  })
}

resource "aws_security_group" "xray" {
  for_each = local.traced_regions

  region      = each.key
  name_prefix = "${var.name}-xray-"
  description = "X-Ray endpoint: in from the functions that send traces"
  vpc_id      = module.region[each.key].vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "xray_from_functions" {
  for_each = local.traces_to_xray ? local.traced_functions : {}

  region                       = each.value.region
  security_group_id            = aws_security_group.xray[each.value.region].id
  description                  = "HTTPS from ${each.key}"
  referenced_security_group_id = each.value.group
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "functions_to_xray" {
  for_each = local.traces_to_xray ? local.traced_functions : {}

  region                       = each.value.region
  security_group_id            = each.value.group
  description                  = "X-Ray, for traces"
  referenced_security_group_id = aws_security_group.xray[each.value.region].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "functions_to_collector" {
  for_each = local.traces_to_collector ? local.traced_functions : {}

  region            = each.value.region
  security_group_id = each.value.group
  description       = "The collector of traces, inside the network"
  cidr_ipv4         = var.network
  ip_protocol       = "tcp"
  from_port         = tonumber(local.collector_port)
  to_port           = tonumber(local.collector_port)
}
