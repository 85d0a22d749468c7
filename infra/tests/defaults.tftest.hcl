# Permissions, encryption and wiring of every installation. Applies to mocked providers, so that identifiers are known and nothing is
# created. `cargo xtask test infra` runs all tests in a copy without `prevent_destroy`, which Terraform before 1.13 could not tidy up.

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

# A single run, because each one plans everything again.
run "installation" {
  command = apply

  # Wiring.
  assert {
    condition     = aws_cloudwatch_query_definition.request["eu-central-1"].log_group_names == tolist([module.origin["eu-central-1"].log_group, module.consumer.log_group])
    error_message = "The saved query must search origin and consumer."
  }
  assert {
    condition     = output.worker_vars.CLICK_QUEUE_URL == aws_sqs_queue.clicks.url
    error_message = "The Worker sends its clicks to the click queue."
  }
  assert {
    condition     = output.worker_vars.ORIGIN_URLS == trimsuffix(aws_lambda_function_url.origin["eu-central-1"].function_url, "/")
    error_message = "The Worker calls the origin's function URL."
  }
  assert {
    condition     = output.worker_vars.DEFAULT_DOMAIN == "go.example.com" && output.worker_vars.AWS_REGION == "eu-central-1"
    error_message = "The Worker has its domain and region."
  }
  # The wrangler files declare the variables. Terraform fills those that are empty there, except FALLBACK_URL and those of traces, which an operator may set,
  # and CODE_CEILING, which must be the same in origin and edge.
  assert {
    condition = toset(keys(output.worker_vars)) == setunion(["CODE_CEILING"], [
      for name in flatten(regexall("(?m)^([A-Z_]+) = \"\"$", join("\n", [file("../wrangler.toml"), file("../wrangler-api.toml")]))) : name if name != "FALLBACK_URL" && !startswith(name, "OTEL_")
    ])
    error_message = "Exactly the empty variables of the wrangler files are filled."
  }
  assert {
    condition = (
      nonsensitive(output.worker_secrets["shortline"].CODE_KEY == local.origin_environment.CODE_KEY)
      && output.worker_vars.CODE_CEILING == nonsensitive(local.origin_environment.CODE_CEILING)
    )
    error_message = "Edge and origin use the same code key and ceiling."
  }
  assert {
    condition     = toset([for schedule in cloudflare_workers_cron_trigger.api.schedules : schedule.cron]) == toset(flatten(regexall("crons = \\[\"([^\"]+)\"\\]", file("../wrangler-api.toml"))))
    error_message = "The schedule is the same as in wrangler-api.toml, which the local stack uses."
  }
  assert {
    condition     = alltrue([for worker in output.workers : worker.kv_namespaces.LINKS == cloudflare_workers_kv_namespace.links.id])
    error_message = "The Workers' replica is the KV namespace created here."
  }
  assert {
    condition = { for worker, secrets in nonsensitive(output.worker_secrets) : worker => toset([for name, secret in secrets : name if length(secret) > 0]) } == {
      "shortline-api" = toset(["EDGE_SECRET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PURGE_TOKEN"])
      "shortline"     = toset(["EDGE_SECRET", "CODE_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    }
    error_message = "Each Worker has the secrets that it needs, and no others."
  }
  assert {
    condition     = [for worker in output.workers : worker.name] == ["shortline-api", "shortline"] && output.workers[1].services == { API = "shortline-api" }
    error_message = "The visitor's Worker calls the API's, which is deployed first."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.clicks.event_source_arn == aws_sqs_queue.clicks.arn && aws_lambda_event_source_mapping.clicks.function_name == module.consumer.alias_arn
    error_message = "The queue invokes the consumer's alias."
  }
  assert {
    condition     = tolist(aws_lambda_event_source_mapping.clicks.function_response_types) == tolist(["ReportBatchItemFailures"])
    error_message = "A failing message does not fail its batch."
  }
  assert {
    condition     = aws_sqs_queue.clicks.visibility_timeout_seconds >= 6 * local.consumer_timeout_seconds
    error_message = "A message must not be redelivered while its batch is processed."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.clicks.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters.arn
    error_message = "The click queue has a dead-letter queue."
  }
  # Every 15 minutes in the end, which is 96 a day, plus the faster first retries.
  assert {
    condition     = jsondecode(aws_sqs_queue.clicks.redrive_policy).maxReceiveCount >= 4 * 96
    error_message = "An outage of a day turns no readable message into a dead letter."
  }
  assert {
    condition     = aws_sqs_queue.dead_letters.message_retention_seconds > aws_sqs_queue.clicks.message_retention_seconds
    error_message = "A dead letter keeps its message's age, so its queue must keep messages longer."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.clicks.scaling_config[0].maximum_concurrency <= module.consumer.reserved_concurrency
    error_message = "The mapping invokes no more instances than are reserved."
  }
  assert {
    condition     = alltrue([for url in aws_lambda_function_url.origin : url.authorization_type == "AWS_IAM" && url.invoke_mode == "RESPONSE_STREAM" && url.qualifier == "live"])
    error_message = "The origin's URL requires signed calls, streams, and uses the alias."
  }
  assert {
    condition     = cloudflare_workers_custom_domain.edge["go.example.com"].service == "shortline" && length(cloudflare_workers_route.edge) == 0
    error_message = "The Worker serves the domain."
  }
  assert {
    condition     = alltrue([for subdomain in [cloudflare_workers_script_subdomain.edge, cloudflare_workers_script_subdomain.api] : subdomain.enabled == false && subdomain.previews_enabled == false])
    error_message = "The Workers are not reachable outside the zone."
  }
  assert {
    condition     = one(cloudflare_workers_cron_trigger.api.schedules).cron == "* * * * *"
    error_message = "Unpublished changes are pulled every minute."
  }
  assert {
    condition     = [for function in output.functions : function.package] == ["log-consumer.zip", "maintenance.zip", "origin-lambda.zip"] && output.migrate.package == "migrate.zip"
    error_message = "A deployment covers every function."
  }

  # Connections.
  assert {
    condition = alltrue([
      for server in local.servers :
      length(local.regions) * module.origin["eu-central-1"].reserved_concurrency * local.connections_of_one_origin[server]
      + module.consumer.reserved_concurrency * (local.connections_of_consumer[server] / var.consumer.concurrency)
      <= floor(local.server_settings[server].connections * 0.9)
    ])
    error_message = "All instances with full pools fit into the connections of the proxy."
  }
  assert {
    condition     = startswith(nonsensitive(local.lists_url), "postgres://lists_1:") && strcontains(nonsensitive(local.lists_url), module.database["links"].proxy_address)
    error_message = "Lists use a separate login, on the primary without a reader."
  }
  assert {
    condition     = local.connections_of_one_origin["links"] == 2 + 2 + 4
    error_message = "An instance opens connections for lookups, lists and statistics."
  }
  assert {
    condition     = module.origin["eu-central-1"].reserved_concurrency >= 2
    error_message = "At least two instances of the origin remain."
  }

  # Permissions.
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_user_policy.edge.policy).Statement :
      alltrue([for resource in flatten([statement.Resource]) : contains([module.origin["eu-central-1"].alias_arn, aws_sqs_queue.clicks.arn], resource)])
    ])
    error_message = "The Worker's key may only use the alias and the click queue."
  }
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_user_policy.edge.policy).Statement : statement.Action])) == toset([
      "lambda:InvokeFunctionUrl", "lambda:InvokeFunction", "sqs:SendMessage", "sqs:GetQueueAttributes",
    ])
    error_message = "The Worker's key may only invoke and send."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_user_policy.edge.policy).Statement :
      statement.Action != "lambda:InvokeFunction" || try(statement.Condition.Bool["lambda:InvokedViaFunctionUrl"], "") == "true"
    ])
    error_message = "The Worker's key may invoke only through the URL."
  }
  # No wildcard action in any role.
  assert {
    condition = alltrue([
      for policy in flatten([module.origin["eu-central-1"].role_policies, module.consumer.role_policies, module.maintenance.role_policies, module.migrate.role_policies, aws_iam_role_policy.scheduler.policy]) :
      alltrue([for statement in jsondecode(policy).Statement : !strcontains(jsonencode(statement.Action), "*")])
    ])
    error_message = "No role allows a wildcard action."
  }
  # No wildcard resource, except for network interfaces that do not exist yet.
  assert {
    condition = alltrue([
      for policy in flatten([module.origin["eu-central-1"].role_policies, module.consumer.role_policies, module.maintenance.role_policies, module.migrate.role_policies]) :
      alltrue([for statement in jsondecode(policy).Statement : statement.Resource != "*" || startswith(flatten([statement.Action])[0], "ec2:")])
    ])
    error_message = "No role allows a wildcard resource."
  }
  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.scheduler.policy).Statement : statement.Action => statement.Resource
    } == { "lambda:InvokeFunction" = module.maintenance.alias_arn, "kms:Decrypt" = aws_scheduler_schedule.maintenance.kms_key_arn }
    error_message = "The scheduler may only invoke the maintenance and decrypt its schedule."
  }
  assert {
    condition     = length(module.origin["eu-central-1"].role_policies) == 2 && length(module.migrate.role_policies) == 2
    error_message = "Origin and migrations call no AWS service: their roles allow only log and network."
  }
  assert {
    condition     = jsondecode(one(cloudflare_account_token.purge["1"].policies).resources) == { "com.cloudflare.api.account.zone.fedcba9876543210fedcba9876543210" = "*" }
    error_message = "The purge token may purge only its zone."
  }
  assert {
    condition     = length(cloudflare_account_token.purge["1"].policies) == 1 && [for group in one(cloudflare_account_token.purge["1"].policies).permission_groups : group.id] == ["e17beae8b8cb423a99b1730f21238bed"]
    error_message = "The purge token allows only purging."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_vpc_endpoint.sqs.policy).Statement :
      length(setsubtract(statement.Resource, [aws_sqs_queue.clicks.arn, aws_sqs_queue.dead_letters.arn])) == 0
      && statement.Condition.StringEquals == { "aws:PrincipalAccount" = local.account_id }
    ])
    error_message = "The SQS endpoint allows only our queues."
  }
  # `clicks dead-letters` receives, puts back, deletes, and sends to the click queue.
  assert {
    condition = {
      for queue, arn in { clicks = aws_sqs_queue.clicks.arn, dead-letters = aws_sqs_queue.dead_letters.arn } : queue => toset(flatten([
        for statement in jsondecode(aws_vpc_endpoint.sqs.policy).Statement : statement.Action if contains(statement.Resource, arn)
      ]))
      } == {
      clicks       = toset(["sqs:ChangeMessageVisibility", "sqs:SendMessage"])
      dead-letters = toset(["sqs:ChangeMessageVisibility", "sqs:SendMessage", "sqs:DeleteMessage", "sqs:ReceiveMessage"])
    }
    error_message = "The endpoint allows only the consumer's calls and those of `clicks dead-letters`."
  }

  assert {
    condition = alltrue([
      for description in concat(
        [for group in [aws_security_group.schema_owner, aws_security_group.sqs, aws_security_group.consumer] : group.description],
        [for rule in [aws_vpc_security_group_egress_rule.schema_owner_to_postgres, aws_vpc_security_group_egress_rule.consumer_to_postgres, aws_vpc_security_group_egress_rule.consumer_to_sqs] : rule.description],
        values(aws_vpc_security_group_ingress_rule.sqs_from_functions)[*].description,
      ) : can(regex("^[a-zA-Z0-9. _:/()#,@\\[\\]+=&;{}!$*-]{1,255}$", description))
    ])
    error_message = "EC2 accepts no other characters, such as an apostrophe."
  }

  # Encryption.
  assert {
    condition     = aws_sqs_queue.clicks.sqs_managed_sse_enabled && aws_sqs_queue.dead_letters.sqs_managed_sse_enabled
    error_message = "Queues are encrypted."
  }
  assert {
    condition     = alltrue([for secret in merge(aws_secretsmanager_secret.generated, aws_secretsmanager_secret.login) : secret.kms_key_id == aws_kms_key.home.arn]) && aws_secretsmanager_secret.code_key.kms_key_id == aws_kms_key.home.arn
    error_message = "Secrets are encrypted under our key."
  }
  assert {
    condition     = strcontains(nonsensitive(local.proxied_url.origin.links), "sslmode=verify-full") && strcontains(nonsensitive(local.owner_url.links), "sslmode=verify-full&sslrootcert=")
    error_message = "Connections to Postgres are encrypted and verify the server."
  }
  assert {
    condition     = { for id, setting in cloudflare_zone_setting.this : split("/", id)[1] => setting.value }["min_tls_version"] == "1.2"
    error_message = "Visitors use TLS 1.2 or newer."
  }
  assert {
    condition     = alltrue([for name, policy in aws_sqs_queue_policy.encrypted_only : jsondecode(policy.policy).Statement[0].Effect == "Deny"])
    error_message = "Queues refuse plain HTTP."
  }

  assert {
    condition     = aws_kms_key.home.enable_key_rotation && aws_kms_alias.region["eu-central-1"].target_key_id == aws_kms_key.home.arn && length(aws_kms_key.further) == 0
    error_message = "The home region has a key of its own, which rotates."
  }
  assert {
    condition     = random_bytes.code_key.length == 32 && nonsensitive(local.code_key == random_bytes.code_key.hex) && alltrue([for password in random_password.generated : !password.special])
    error_message = "The code key has 64 hexadecimal digits, and no secret needs escaping."
  }
  assert {
    condition     = issensitive(local.code_key) && issensitive(local.admin_key) && issensitive(local.login_passwords.origin_1) && issensitive(local.owner_url.links)
    error_message = "Terraform hides every secret."
  }

  # Alarms.
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.simple : length(alarm.alarm_actions) == 1 && startswith(alarm.alarm_description, "docs/runbook.md#")])
    error_message = "Each alarm notifies and links to the runbook."
  }
  assert {
    condition = length(setsubtract([
      "links-connections", "links-pinned", "links-storage", "origin-concurrency-eu-central-1", "queue-age", "dead-letters", "consumer-errors", "consumer-errors-repeated",
      "origin-latency-eu-central-1", "origin-throttles-eu-central-1", "clicks-missing", "edge-unavailable", "maintenance-errors", "maintenance-absent",
    ], keys(aws_cloudwatch_metric_alarm.simple))) == 0
    error_message = "Every alarm exists."
  }
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.simple["consumer-errors-repeated"].period >= (aws_cloudwatch_metric_alarm.simple["consumer-errors-repeated"].threshold + 1) * (aws_sqs_queue.clicks.visibility_timeout_seconds + local.consumer_timeout_seconds)
      && aws_cloudwatch_metric_alarm.simple["consumer-errors-repeated"].datapoints_to_alarm == 2
    )
    error_message = "A batch that always fails raises an alarm: each period has more of its failures than the threshold."
  }
  assert {
    condition     = startswith(aws_scheduler_schedule.maintenance.schedule_expression, "cron(")
    error_message = "The maintenance runs at a fixed minute: by an interval it would run before the first migrations."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.simple["links-pinned"].statistic == "Sum" && aws_cloudwatch_metric_alarm.simple["links-pinned"].period == 60
    error_message = "A proxy is several machines, and each reports its own number once a minute."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.simple["links-connections"].threshold == 0.8 * var.database.connections
    error_message = "The connections alarm is at 80 %."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.simple["origin-concurrency-eu-central-1"].threshold == 0.8 * module.origin["eu-central-1"].reserved_concurrency
    error_message = "The concurrency alarm is at 80 %."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.simple["dead-letters"].threshold == 0 && aws_cloudwatch_metric_alarm.simple["dead-letters"].comparison_operator == "GreaterThanThreshold"
    error_message = "One dead letter raises an alarm."
  }
  assert {
    condition     = alltrue(flatten([for query in aws_cloudwatch_metric_alarm.clicks_put_back.metric_query : [for metric in query.metric : metric.period == 900]]))
    error_message = "A message with the longest retry delay is received in every period of the alarm."
  }
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.simple["maintenance-absent"].comparison_operator == "LessThanThreshold"
      && aws_cloudwatch_metric_alarm.simple["maintenance-absent"].treat_missing_data == "breaching"
      && aws_cloudwatch_metric_alarm.simple["maintenance-absent"].period * aws_cloudwatch_metric_alarm.simple["maintenance-absent"].datapoints_to_alarm == 3 * 3600
    )
    error_message = "Three hours without maintenance raise an alarm, also without data: Lambda has no metrics of a function that is not called."
  }
  assert {
    condition = (
      strcontains(file("../migrate/src/bin/maintenance.rs"), " ${trimprefix(one(aws_cloudwatch_log_metric_filter.missing_clicks.metric_transformation).value, "$.")} = report.accounting.")
      && one(aws_cloudwatch_log_metric_filter.missing_clicks.metric_transformation).name == aws_cloudwatch_metric_alarm.simple["clicks-missing"].metric_name
    )
    error_message = "The missing-clicks alarm reads a field that the maintenance logs."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_composite_alarm.burn : strcontains(alarm.alarm_rule, " AND ")]) && length(aws_cloudwatch_composite_alarm.burn) == 2
    error_message = "A burn-rate alarm requires both the long and the short window."
  }
  assert {
    condition = (
      strcontains(file("../telemetry/src/list.rs"), "\"${local.origin_metrics.duration}\"")
      && strcontains(file("../telemetry/src/list.rs"), "\"${local.origin_metrics.errors}\"")
      && strcontains(file("../telemetry/src/list.rs"), "NAMESPACE: &str = \"${local.origin_metrics.namespace}\"")
      && aws_cloudwatch_metric_alarm.simple["origin-latency-eu-central-1"].metric_name == local.origin_metrics.duration
      && aws_cloudwatch_metric_alarm.simple["origin-latency-eu-central-1"].dimensions.route_class == "lookup"
    )
    error_message = "The latency alarm uses the lookup metric under the name that the origin writes."
  }
  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.lookup_errors), values(aws_cloudwatch_metric_alarm.burn), values(aws_cloudwatch_metric_alarm.origin_errors)) :
      contains(flatten([for query in alarm.metric_query : [for metric in query.metric : metric.metric_name]]), "Throttles")
    ])
    error_message = "Lambda's throttles count in every error rate."
  }
  assert {
    condition = alltrue([
      for alarm in ["lookup-errors", "origin-latency", "origin-throttles"] : contains(output.canary_alarms["eu-central-1"], "shortline-${alarm}-eu-central-1")
    ])
    error_message = "Failing, slow or throttled lookups stop a deployment."
  }
  assert {
    condition     = contains(output.canary_alarms["eu-central-1"], "shortline-origin-errors-eu-central-1") && output.canary_alarms["us-east-1"] == ["shortline-edge-unavailable"]
    error_message = "Alarms of the origin and the edge stop a deployment."
  }
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 10
    error_message = "The dashboard has a widget for every part."
  }
}
