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
        statistic  = "Maximum", threshold = 0.8 * local.connections[server], minutes = 5, missing = "breaching"
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
      # A batch that always fails comes back every six minutes, too seldom for the alarm above: twice in each of two quarters of an hour.
      "consumer-errors-repeated" = {
        page       = "consumer-errors", region = var.region, namespace = "AWS/Lambda", metric = "Errors"
        dimensions = { FunctionName = module.consumer.name }
        statistic  = "Sum", threshold = 1, minutes = 30, period_minutes = 15, missing = "notBreaching"
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
        page       = "edge-unavailable", region = "us-east-1", topic = aws_sns_topic.edge.arn, namespace = "AWS/Route53", metric = "HealthCheckPercentageHealthy", below = true
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

  period_minutes = { for key, alarm in local.alarms : key => try(alarm.period_minutes, alarm.minutes >= 60 ? 60 : 1) }

  # These stop a deployment: a bad version shows in them within minutes.
  canary_alarms = merge(
    { for region in local.regions : region => concat(
      [
        aws_cloudwatch_metric_alarm.origin_errors[region].alarm_name, aws_cloudwatch_metric_alarm.lookup_errors[region].alarm_name,
        aws_cloudwatch_metric_alarm.simple["origin-latency-${region}"].alarm_name, aws_cloudwatch_metric_alarm.simple["origin-throttles-${region}"].alarm_name,
      ],
      region == var.region ? [
        for key in concat(["consumer-errors", "dead-letters"], local.has_failover ? ["failover-errors", "failover-throttles"] : []) :
        aws_cloudwatch_metric_alarm.simple[key].alarm_name
      ] : [],
      region == "us-east-1" ? [aws_cloudwatch_metric_alarm.simple["edge-unavailable"].alarm_name] : [],
    ) },
    contains(local.regions, "us-east-1") ? {} : { "us-east-1" = [aws_cloudwatch_metric_alarm.simple["edge-unavailable"].alarm_name] },
  )

  metrics = "Shortline/${var.name}"
  topics  = { for region in local.regions : region => module.region[region].alarm_topic_arn }
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
  period              = 60 * local.period_minutes[each.key]
  evaluation_periods  = each.value.minutes / local.period_minutes[each.key]
  # Three of five minutes must be bad; all of longer periods.
  datapoints_to_alarm = ceil(each.value.minutes / local.period_minutes[each.key] * (local.period_minutes[each.key] == 1 ? 0.6 : 1))
  treat_missing_data  = each.value.missing
  alarm_actions       = [try(each.value.topic, local.topics[each.value.region])]
  ok_actions          = [try(each.value.topic, local.topics[each.value.region])]
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

# Apart from the regions' topics, since us-east-1 may become one of the regions, and stop being one.
resource "aws_sns_topic" "edge" {
  # checkov:skip=CKV_AWS_26:Its messages only say that a health check failed; encrypting them would need a key in a second region
  region = "us-east-1"
  name   = "${var.name}-edge-alarms"
}

resource "aws_sns_topic_subscription" "edge" {
  for_each = toset(var.alarm_emails)

  region    = "us-east-1"
  topic_arn = aws_sns_topic.edge.arn
  protocol  = "email"
  endpoint  = each.value
}
