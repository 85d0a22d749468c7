# Alarms on the share of failed answers and lookups, and on the rate at which the error budget of docs/slo.md is used up.

locals {
  # Metrics that the origin writes, by class of route; see `telemetry/src/list.rs`.
  origin_metrics = {
    namespace = "Shortline"
    duration  = "http_server_request_duration_seconds"
    errors    = "http_server_request_errors_total"
  }

  # The share of lookups that fail. Throttled calls never reach the origin (429), and calls that crash or time out write no metric:
  # Lambda reports both without their class, and all of them count as failed lookups.
  lookup_budget = { for region in local.regions : region => {
    lookups = {
      namespace  = local.origin_metrics.namespace, metric = local.origin_metrics.duration, stat = "SampleCount"
      dimensions = { FunctionName = module.origin[region].name, route_class = "lookup" }
    }
    failed = {
      namespace  = local.origin_metrics.namespace, metric = local.origin_metrics.errors, stat = "Sum"
      dimensions = { FunctionName = module.origin[region].name, route_class = "lookup" }
    }
    crashed   = { namespace = "AWS/Lambda", metric = "Errors", stat = "Sum", dimensions = { FunctionName = module.origin[region].name } }
    throttled = { namespace = "AWS/Lambda", metric = "Throttles", stat = "Sum", dimensions = { FunctionName = module.origin[region].name } }
  } }
  lookup_errors   = "(FILL(failed, 0) + FILL(crashed, 0) + FILL(throttled, 0))"
  lookup_requests = "(FILL(lookups, 0) + FILL(crashed, 0) + FILL(throttled, 0))"

  # Burn rates of the lookup error budget over a long and a short window. Both must exceed the factor, so that the alarm neither fires
  # for a blip nor continues after the end. Factors and windows are from the SRE workbook, chapter 5; the budget is in docs/slo.md.
  origin_error_budget = 0.001
  burn_windows = {
    fast-long  = { minutes = 60, factor = 14.4 } # 2 % of a month's budget in an hour
    fast-short = { minutes = 5, factor = 14.4 }
    slow-long  = { minutes = 360, factor = 6 } # 5 % in six hours
    slow-short = { minutes = 30, factor = 6 }
  }
  burns = merge([for region in local.regions : {
    for window, burn in local.burn_windows : "${region}-${window}" => merge(burn, { region = region, window = window })
  }]...)
}

# More than 1 % of the origin's answers in two of three minutes. At least 20 answers, because below that one failure is a large share.
# Covers all classes of routes, and throttled calls, which count as requests but answer 429 instead of 5xx.
resource "aws_cloudwatch_metric_alarm" "origin_errors" {
  for_each = local.regions

  region              = each.key
  alarm_name          = "${var.name}-origin-errors-${each.key}"
  alarm_description   = "${local.runbook}#origin-errors"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0.01
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.topics[each.key]]
  ok_actions          = [local.topics[each.key]]

  metric_query {
    id          = "rate"
    expression  = "IF(requests >= 20, (errors + FILL(throttled, 0)) / requests, 0)"
    label       = "Share of answers that are 5xx or throttled"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = {
      errors    = { metric = "Url5xxCount", dimensions = { Resource = "${module.origin[each.key].name}:live" } }
      requests  = { metric = "UrlRequestCount", dimensions = { Resource = "${module.origin[each.key].name}:live" } }
      throttled = { metric = "Throttles", dimensions = {} }
    }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value.metric
        stat        = "Sum"
        period      = 60
        dimensions  = merge(metric_query.value.dimensions, { FunctionName = module.origin[each.key].name })
      }
    }
  }
}

# As above for lookups only: many successful API calls must not hide failing lookups, which affect visitors.
resource "aws_cloudwatch_metric_alarm" "lookup_errors" {
  for_each = local.regions

  region              = each.key
  alarm_name          = "${var.name}-lookup-errors-${each.key}"
  alarm_description   = "${local.runbook}#origin-errors"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0.01
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.topics[each.key]]
  ok_actions          = [local.topics[each.key]]

  metric_query {
    id          = "rate"
    expression  = "IF(${local.lookup_requests} >= 20, ${local.lookup_errors} / ${local.lookup_requests}, 0)"
    label       = "Failed lookups"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = local.lookup_budget[each.key]
    content {
      id = metric_query.key
      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        stat        = metric_query.value.stat
        period      = 60
        dimensions  = metric_query.value.dimensions
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "burn" {
  for_each = local.burns

  region              = each.value.region
  alarm_name          = "${var.name}-origin-burn-${each.key}"
  alarm_description   = "One window of a burn rate; ${var.name}-origin-burn is the alarm that notifies."
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.factor * local.origin_error_budget
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "rate"
    expression  = "IF(${local.lookup_requests} >= 100, ${local.lookup_errors} / ${local.lookup_requests}, 0)"
    label       = "Failed lookups"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = local.lookup_budget[each.value.region]
    content {
      id = metric_query.key
      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        stat        = metric_query.value.stat
        period      = each.value.minutes * 60
        dimensions  = metric_query.value.dimensions
      }
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "burn" {
  for_each = {
    for pair in setproduct(local.regions, ["fast", "slow"]) : "${pair[0]}-${pair[1]}" => { region = pair[0], speed = pair[1] }
  }

  region            = each.value.region
  alarm_name        = "${var.name}-origin-burn-${each.value.speed}-${each.value.region}"
  alarm_description = "${local.runbook}#error-budget"
  alarm_rule = join(" AND ", [
    for window in ["long", "short"] : "ALARM(\"${aws_cloudwatch_metric_alarm.burn["${each.key}-${window}"].alarm_name}\")"
  ])
  alarm_actions = [local.topics[each.value.region]]
  ok_actions    = [local.topics[each.value.region]]
}
