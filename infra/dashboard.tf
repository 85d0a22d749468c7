# One dashboard from the visitor inwards: edge, clicks, origin, database.

locals {
  widgets = concat(
    [
      {
        title   = "Edge: health checkers that reach it (%)", region = "us-east-1"
        metrics = [["AWS/Route53", "HealthCheckPercentageHealthy", "HealthCheckId", aws_route53_health_check.edge.id, { stat = "Minimum" }]]
      },
      {
        title = "Clicks: age of the oldest message (s), dead letters", region = var.region
        metrics = [
          ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", aws_sqs_queue.clicks.name, { stat = "Maximum" }],
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letters.name, { stat = "Maximum", yAxis = "right" }],
        ]
      },
      {
        title = "Clicks: messages sent and deleted, overdue clicks", region = var.region
        metrics = [
          ["AWS/SQS", "NumberOfMessagesSent", "QueueName", aws_sqs_queue.clicks.name, { stat = "Sum" }],
          ["AWS/SQS", "NumberOfMessagesDeleted", "QueueName", aws_sqs_queue.clicks.name, { stat = "Sum" }],
          [local.metrics, "MissingClicks", { stat = "Maximum", yAxis = "right" }],
        ]
      },
      {
        title = "Consumer: duration (ms), errors, instances", region = var.region
        metrics = [
          ["AWS/Lambda", "Duration", "FunctionName", module.consumer.name, { stat = "p99" }],
          ["AWS/Lambda", "Errors", "FunctionName", module.consumer.name, { stat = "Sum", yAxis = "right" }],
          ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", module.consumer.name, { stat = "Maximum", yAxis = "right" }],
        ]
      },
    ],
    flatten([for region in local.ordered_regions : [
      {
        title = "Origin in ${region}: requests and 5xx", region = region
        metrics = [
          ["AWS/Lambda", "UrlRequestCount", "FunctionName", module.origin[region].name, "Resource", "${module.origin[region].name}:live", { stat = "Sum" }],
          ["AWS/Lambda", "Url5xxCount", "FunctionName", module.origin[region].name, "Resource", "${module.origin[region].name}:live", { stat = "Sum", yAxis = "right" }],
        ]
      },
      {
        title = "Origin in ${region}: duration of lookups (s), failed lookups", region = region
        metrics = [
          [local.origin_metrics.namespace, local.origin_metrics.duration, "FunctionName", module.origin[region].name, "route_class", "lookup", { stat = "p50" }],
          [local.origin_metrics.namespace, local.origin_metrics.duration, "FunctionName", module.origin[region].name, "route_class", "lookup", { stat = "p99" }],
          [local.origin_metrics.namespace, local.origin_metrics.errors, "FunctionName", module.origin[region].name, "route_class", "lookup", { stat = "Sum", yAxis = "right" }],
        ]
      },
      {
        title = "Origin in ${region}: p99 by class of route (s)", region = region
        metrics = [
          for class in ["unlock", "publishing", "api_read", "api_write", "statistics", "export"] :
          [local.origin_metrics.namespace, local.origin_metrics.duration, "FunctionName", module.origin[region].name, "route_class", class, { stat = "p99" }]
        ]
      },
      {
        title = "Origin in ${region}: instances, throttles", region = region
        metrics = [
          ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", module.origin[region].name, { stat = "Maximum", yAxis = "right" }],
          ["AWS/Lambda", "Throttles", "FunctionName", module.origin[region].name, { stat = "Sum", yAxis = "right" }],
        ]
      },
    ]]),
    [for failover in module.failover : {
      title = "Failover: answers, 5xx, instances, throttles", region = var.region
      metrics = [
        ["AWS/ApiGateway", "Count", "ApiId", aws_apigatewayv2_api.failover[0].id, { stat = "Sum" }],
        ["AWS/ApiGateway", "5xx", "ApiId", aws_apigatewayv2_api.failover[0].id, { stat = "Sum", yAxis = "right" }],
        ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", failover.name, { stat = "Maximum", yAxis = "right" }],
        ["AWS/Lambda", "Throttles", "FunctionName", failover.name, { stat = "Sum", yAxis = "right" }],
      ]
    }],
    flatten([for server in sort(local.servers) : [
      {
        title = "Postgres (${server}): connections, pinned sessions", region = var.region
        metrics = [
          ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", module.database[server].identifier, { stat = "Maximum" }],
          ["AWS/RDS", "DatabaseConnectionsCurrentlySessionPinned", "ProxyName", module.database[server].proxy_name, { stat = "Sum", yAxis = "right" }],
        ]
      },
      {
        title = "Postgres (${server}): CPU (%), free storage", region = var.region
        metrics = [
          ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", module.database[server].identifier, { stat = "Average" }],
          ["AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", module.database[server].identifier, { stat = "Minimum", yAxis = "right" }],
        ]
      },
    ]]),
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [for index, widget in local.widgets : {
      type       = "metric"
      x          = index % 2 * 12
      y          = floor(index / 2) * 6
      width      = 12
      height     = 6
      properties = merge(widget, { view = "timeSeries", period = 60 })
    }]
  })
}
