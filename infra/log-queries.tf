# A saved query of CloudWatch Logs Insights: what origin and consumer logged about one request. The Workers' lines are in Workers Logs.

resource "aws_cloudwatch_query_definition" "request" {
  for_each = local.regions

  region = each.key
  name   = "${var.name}/one-request"
  log_group_names = compact([
    module.origin[each.key].log_group,
    each.key == var.region ? module.consumer.log_group : "",
  ])
  query_string = <<-QUERY
    # Put the id of a request or of a trace in place of ID.
    fields @timestamp, @log, level, message, span.route, span.status, span.duration_ms, @message
    | filter @message like "ID"
    | sort @timestamp asc
    | limit 1000
  QUERY
}
