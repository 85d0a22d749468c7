# Alarms, for what affects users now or soon will. The comment gives the reason for each threshold, and the description links to a
# section of docs/runbook.md. The error rates come from the SLO in docs/slo.md.

locals {
  runbook = "docs/runbook.md"

  # Alarms on a single metric. `below` alarms under the threshold instead of above it.
  alarms = merge(
    merge([for server in local.servers : {
      # The proxy uses 90 %, and the rest is for people: at 80 % there is no room for a spike.
      "${server}-connections" = {
        page       = "database-connections", region = var.region, namespace = "AWS/RDS", metric = "DatabaseConnections"
        dimensions = { DBInstanceIdentifier = module.database[server].identifier }
        statistic  = "Maximum", threshold = 0.8 * local.server_settings[server].connections, minutes = 5, missing = "breaching"
      }
      # A pinned session reserves a connection for one instance. None of our statements pins; a few pinned sessions are a person. Each
      # machine behind a proxy reports its own number once a minute, so the proxy's number is their sum.
      # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html
      "${server}-pinned" = {
        page       = "sessions-pinned", region = var.region, namespace = "AWS/RDS", metric = "DatabaseConnectionsCurrentlySessionPinned"
        dimensions = { ProxyName = module.database[server].proxy_name }
        statistic  = "Sum", threshold = 5, minutes = 10, missing = "notBreaching"
      }
      # RDS grows the storage when a tenth is left. At half of that, growing failed or the maximum is reached.
      "${server}-storage" = {
        page       = "database-storage", region = var.region, namespace = "AWS/RDS", metric = "FreeStorageSpace", below = true
        dimensions = { DBInstanceIdentifier = module.database[server].identifier }
        statistic  = "Minimum", threshold = local.server_settings[server].storage_gb * 0.05 * 1024 * 1024 * 1024, minutes = 15, missing = "missing"
      }
    }]...),
    {
      # Clicks are normally counted within seconds; after five minutes users notice missing numbers.
      "queue-age" = {
        page       = "queue-age", region = var.region, namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage"
        dimensions = { QueueName = aws_sqs_queue.clicks.name }
        statistic  = "Maximum", threshold = 300, minutes = 5, missing = "notBreaching"
      }
      # Each holds up to 100 clicks, which are lost unless somebody acts within 14 days.
      "dead-letters" = {
        page       = "dead-letters", region = var.region, namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = aws_sqs_queue.dead_letters.name }
        statistic  = "Maximum", threshold = 0, minutes = 1, missing = "notBreaching"
      }
      # A whole invocation failed. The code reports single messages separately, so this is a crash or a timeout.
      "consumer-errors" = {
        page       = "consumer-errors", region = var.region, namespace = "AWS/Lambda", metric = "Errors"
        dimensions = { FunctionName = module.consumer.name }
        statistic  = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
      }
      # Partitions are created days ahead, so one failed hour is harmless; two in a row are a fault.
      "maintenance-errors" = {
        page       = "maintenance-errors", region = var.region, namespace = "AWS/Lambda", metric = "Errors"
        dimensions = { FunctionName = module.maintenance.name }
        statistic  = "Sum", threshold = 0, minutes = 120, missing = "notBreaching"
      }
      # The schedule is hourly: one missing run is harmless, three mean that it does not run.
      "maintenance-absent" = {
        page       = "maintenance-errors", region = var.region, namespace = "AWS/Lambda", metric = "Invocations", below = true
        dimensions = { FunctionName = module.maintenance.name }
        statistic  = "Sum", threshold = 1, minutes = 180, missing = "breaching"
      }
      # No click may be missing. Gaps of seconds from batches that overtake each other are not counted, and a loss is reported for a day.
      "clicks-missing" = {
        page       = "clicks-missing", region = var.region, namespace = local.metrics, metric = "MissingClicks"
        dimensions = {}
        statistic  = "Maximum", threshold = 0, minutes = 60, missing = "notBreaching"
      }
      # Route 53 checks from fifteen places around the world: if a fifth fail, some users have an outage.
      "edge-unavailable" = {
        page       = "edge-unavailable", region = "us-east-1", namespace = "AWS/Route53", metric = "HealthCheckPercentageHealthy", below = true
        dimensions = { HealthCheckId = aws_route53_health_check.edge.id }
        statistic  = "Average", threshold = 80, minutes = 2, missing = "breaching"
      }
    },
    merge([for region in local.regions : merge(
      {
        # Ten times a lookup with a warm connection; the edge gives up at 2 s. Only lookups, as the origin measures them: a CSV export
        # takes as long as its reader, and no visitor waits for it.
        "origin-latency-${region}" = {
          page       = "origin-latency", region = region, namespace = local.origin_metrics.namespace, metric = local.origin_metrics.duration
          dimensions = { FunctionName = module.origin[region].name, route_class = "lookup" }
          statistic  = "p99", threshold = 0.5, minutes = 5, missing = "notBreaching"
        }
        # After a throttled call, another region or a stale copy has to answer.
        "origin-throttles-${region}" = {
          page       = "throttles", region = region, namespace = "AWS/Lambda", metric = "Throttles"
          dimensions = { FunctionName = module.origin[region].name }
          statistic  = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
        }
      },
      # Above the reserved concurrency Lambda throttles. It is derived from the connections, so raising it alone only moves the failure.
      var.reserve_concurrency ? {
        "origin-concurrency-${region}" = {
          page       = "reserved-concurrency", region = region, namespace = "AWS/Lambda", metric = "ConcurrentExecutions"
          dimensions = { FunctionName = module.origin[region].name }
          statistic  = "Maximum", threshold = 0.8 * local.origin_instances, minutes = 3, missing = "notBreaching"
        }
      } : {},
    )]...),
    merge([for failover in module.failover : merge(
      {
        # No cache is in front of it: each error is a visitor who is not redirected. Three minutes of five, so that a single error does
        # not alarm.
        "failover-errors" = {
          page       = "origin-errors", region = var.region, namespace = "AWS/ApiGateway", metric = "5xx"
          dimensions = { ApiId = aws_apigatewayv2_api.failover[0].id }
          statistic  = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
        }
        "failover-throttles" = {
          page       = "throttles", region = var.region, namespace = "AWS/Lambda", metric = "Throttles"
          dimensions = { FunctionName = failover.name }
          statistic  = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
        }
      },
      var.reserve_concurrency ? {
        "failover-concurrency" = {
          page       = "reserved-concurrency", region = var.region, namespace = "AWS/Lambda", metric = "ConcurrentExecutions"
          dimensions = { FunctionName = failover.name }
          statistic  = "Maximum", threshold = 0.8 * local.origin_instances, minutes = 3, missing = "notBreaching"
        }
      } : {},
    )]...),
  )

  # Metrics that the origin writes, by class of route; see `origin-lambda/src/http/request_metrics.rs`.
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

  # These stop a deployment: a bad version shows in them within minutes.
  canary_alarms = merge(
    { for region in local.regions : region => concat(
      [
        aws_cloudwatch_metric_alarm.origin_errors[region].alarm_name, aws_cloudwatch_metric_alarm.lookup_errors[region].alarm_name,
        aws_cloudwatch_metric_alarm.simple["origin-latency-${region}"].alarm_name, aws_cloudwatch_metric_alarm.simple["origin-throttles-${region}"].alarm_name,
      ],
      region == var.region ? [
        for key in concat(["consumer-errors", "dead-letters"], local.has_failover ? ["failover-errors"] : []) :
        aws_cloudwatch_metric_alarm.simple[key].alarm_name
      ] : [],
      region == "us-east-1" ? [aws_cloudwatch_metric_alarm.simple["edge-unavailable"].alarm_name] : [],
    ) },
    contains(local.regions, "us-east-1") ? {} : { "us-east-1" = [aws_cloudwatch_metric_alarm.simple["edge-unavailable"].alarm_name] },
  )

  metrics = "Shortline/${var.name}"
  topics = merge(
    { for region in local.regions : region => module.region[region].alarm_topic_arn },
    contains(local.regions, "us-east-1") ? {} : { "us-east-1" = one(aws_sns_topic.world[*].arn) },
  )
}

resource "aws_cloudwatch_metric_alarm" "simple" {
  for_each = local.alarms

  region              = each.value.region
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${local.runbook}#${each.value.page}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = try(each.value.below, false) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = each.value.minutes >= 60 ? 3600 : 60
  evaluation_periods  = each.value.minutes >= 60 ? each.value.minutes / 60 : each.value.minutes
  # Three of five minutes must be bad; all of several hours.
  datapoints_to_alarm = each.value.minutes >= 60 ? each.value.minutes / 60 : ceil(each.value.minutes * 0.6)
  treat_missing_data  = each.value.missing
  alarm_actions       = [local.topics[each.value.region]]
  ok_actions          = [local.topics[each.value.region]]
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

# Messages are received but none is deleted: consumers return all of them, as they do while the database is down. The age of the
# oldest message does not show this, because it ignores messages that were received three times:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# A returned message comes back within 15 minutes, so a single one is received in every period.
resource "aws_cloudwatch_metric_alarm" "clicks_put_back" {
  region              = var.region
  alarm_name          = "${var.name}-clicks-put-back"
  alarm_description   = "${local.runbook}#queue-age"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.topics[var.region]]
  ok_actions          = [local.topics[var.region]]

  metric_query {
    id          = "put_back"
    expression  = "IF(FILL(deleted, 0) == 0, received, 0)"
    label       = "Messages received while none was deleted"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = { received = "NumberOfMessagesReceived", deleted = "NumberOfMessagesDeleted" }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value
        stat        = "Sum"
        period      = 900
        dimensions  = { QueueName = aws_sqs_queue.clicks.name }
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

# Clicks that click accounting misses and that are overdue; the maintenance logs them each hour.
resource "aws_cloudwatch_log_metric_filter" "missing_clicks" {
  name           = "${var.name}-missing-clicks"
  log_group_name = module.maintenance.log_group
  pattern        = "{ $.overdue = * }"

  metric_transformation {
    namespace = local.metrics
    name      = "MissingClicks"
    value     = "$.overdue"
  }
}

# Checks the edge from outside, like a visitor. Route 53 keeps its metrics in us-east-1.
resource "aws_route53_health_check" "edge" {
  type              = "HTTPS"
  fqdn              = var.domain
  port              = 443
  resource_path     = "/healthz"
  request_interval  = 30
  failure_threshold = 2
  enable_sni        = true
  tags              = { Name = "${var.name}-edge" }
}

resource "aws_sns_topic" "world" {
  # checkov:skip=CKV_AWS_26:Its messages only say that a health check failed; encrypting them would need a key in a second region
  count = contains(local.regions, "us-east-1") ? 0 : 1

  region = "us-east-1"
  name   = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "world" {
  for_each = contains(local.regions, "us-east-1") ? toset([]) : toset(var.alarm_emails)

  region    = "us-east-1"
  topic_arn = aws_sns_topic.world[0].arn
  protocol  = "email"
  endpoint  = each.value
}
