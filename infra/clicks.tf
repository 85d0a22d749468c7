# Clicks in AWS: the queue, its dead letters, the consumer, and the maintenance of the click tables.

locals {
  consumer_timeout_seconds = 60
}

resource "aws_sqs_queue" "clicks" {
  name = "${var.name}-clicks"
  # Six times the consumer's timeout, as AWS recommends: a message must not be redelivered while its batch is processed.
  visibility_timeout_seconds = 6 * local.consumer_timeout_seconds
  # Ten days: many times a day's outage. Four days less than the dead-letter queue, because a dead letter keeps the age of its
  # message.
  message_retention_seconds = 10 * 24 * 3600
  # A batch is sealed at 200 KB; JSON and attributes add a little.
  max_message_size          = 262144
  receive_wait_time_seconds = 20
  # Encrypted by SQS: a key of ours would cost the edge another permission and exclude no reader.
  sqs_managed_sse_enabled = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    # While the database is down, messages are returned about 200 times a day (every 15 minutes in the end). Unreadable messages are
    # moved at once by the consumer.
    maxReceiveCount = 1000
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-clicks-dead"
  message_retention_seconds = 14 * 24 * 3600
  max_message_size          = 262144
  sqs_managed_sse_enabled   = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.clicks.arn]
  })
}

resource "aws_sqs_queue_policy" "encrypted_only" {
  for_each = { clicks = aws_sqs_queue.clicks, dead-letters = aws_sqs_queue.dead_letters }

  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = each.value.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# SQS is the only service that is called from inside the network. The endpoint allows calls to our queues that the callers' roles allow.
resource "aws_vpc_endpoint" "sqs" {
  vpc_id              = local.home.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${var.region}.sqs"
  subnet_ids          = local.home.subnet_ids
  security_group_ids  = [aws_security_group.sqs.id]
  private_dns_enabled = true
  policy = jsonencode({
    Version = "2012-10-17"
    # The account is a condition: as a principal it means only the root user for gateway endpoints, and AWS does not document it for
    # interface endpoints.
    # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    Statement = [
      {
        Effect    = "Allow"
        Principal = "*"
        Action    = ["sqs:ChangeMessageVisibility", "sqs:SendMessage"]
        Resource  = [aws_sqs_queue.clicks.arn, aws_sqs_queue.dead_letters.arn]
        Condition = { StringEquals = { "aws:PrincipalAccount" = local.account_id } }
      },
      {
        # For `clicks dead-letters`. Lambda's pollers, which receive clicks, are outside the network.
        Effect    = "Allow"
        Principal = "*"
        Action    = ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
        Resource  = [aws_sqs_queue.dead_letters.arn]
        Condition = { StringEquals = { "aws:PrincipalAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_security_group" "sqs" {
  name_prefix = "${var.name}-sqs-"
  description = "SQS endpoint: in from the functions that send"
  vpc_id      = local.home.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "sqs_from_functions" {
  for_each = merge(
    { consumer = aws_security_group.consumer.id },
    var.failover_domain == null ? {} : { failover = aws_security_group.failover[0].id },
  )

  security_group_id            = aws_security_group.sqs.id
  description                  = "HTTPS from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_security_group" "consumer" {
  name_prefix = "${var.name}-consumer-"
  description = "Consumer: out to Postgres and SQS only"
  vpc_id      = local.home.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "consumer_to_postgres" {
  security_group_id = aws_security_group.consumer.id
  description       = "Postgres"
  cidr_ipv4         = local.home.network_cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_vpc_security_group_egress_rule" "consumer_to_sqs" {
  security_group_id            = aws_security_group.consumer.id
  description                  = "SQS"
  referenced_security_group_id = aws_security_group.sqs.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

module "consumer" {
  source = "./function"

  name                 = "${var.name}-log-consumer"
  description          = "Stores each batch of clicks once"
  region               = var.region
  partition            = local.partition
  package              = "${var.packages}/log-consumer.zip"
  memory_mb            = var.consumer.memory_mb
  timeout_seconds      = local.consumer_timeout_seconds
  reserved_concurrency = var.reserve_concurrency ? var.consumer.concurrency : -1
  kms_key_arn          = aws_kms_key.home.arn
  log_days             = var.log_days
  environment = merge(local.traces_environment[var.region], {
    LINKS_DATABASE_URL     = local.proxied_url.consumer.links
    ANALYTICS_DATABASE_URL = local.proxied_url.consumer.analytics
    CLICK_QUEUE_URL        = aws_sqs_queue.clicks.url
    DEAD_LETTER_QUEUE_URL  = aws_sqs_queue.dead_letters.url
    RAW_CLICK_DAYS         = tostring(var.raw_click_days)
  })
  network = {
    subnet_ids         = local.home.subnet_ids
    security_group_ids = [aws_security_group.consumer.id]
  }
  statements = concat(local.traces_statements, [
    {
      # The event source mapping receives and deletes with this role; the consumer changes the visibility.
      Effect   = "Allow"
      Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource = aws_sqs_queue.clicks.arn
    },
    {
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = aws_sqs_queue.dead_letters.arn
    },
  ])
}

resource "aws_lambda_event_source_mapping" "clicks" {
  event_source_arn                   = aws_sqs_queue.clicks.arn
  function_name                      = module.consumer.alias_arn
  enabled                            = !var.consumer.paused
  batch_size                         = var.consumer.batch_size
  maximum_batching_window_in_seconds = var.consumer.window_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    # No more than there are connections for. Without it SQS would run into throttles, which count as receives.
    maximum_concurrency = var.consumer.concurrency
  }
}

# Creates partitions ahead, drops expired ones, seals days and reports click accounting. Safe to run twice.
module "maintenance" {
  source = "./function"

  name                 = "${var.name}-maintenance"
  description          = "Maintains partitions, retention and accounting of clicks, by the hour"
  region               = var.region
  partition            = local.partition
  package              = "${var.packages}/maintenance.zip"
  memory_mb            = 256
  timeout_seconds      = 300
  reserved_concurrency = var.reserve_concurrency ? 1 : -1
  kms_key_arn          = aws_kms_key.home.arn
  log_days             = var.log_days
  environment = {
    DATABASE_URL           = local.owner_url.links
    ANALYTICS_DATABASE_URL = local.owner_url.analytics
    RAW_CLICK_DAYS         = tostring(var.raw_click_days)
  }
  network = {
    subnet_ids         = local.home.subnet_ids
    security_group_ids = [aws_security_group.schema_owner.id]
  }
}

resource "aws_scheduler_schedule" "maintenance" {
  name        = "${var.name}-maintenance"
  description = "Runs the maintenance of the click tables"
  # At a fixed minute: each clock hour of an alarm has exactly one run, and the first one is not when the schedule is made, before the
  # migrations of a new installation.
  schedule_expression = "cron(47 * * * ? *)"
  kms_key_arn         = aws_kms_key.home.arn

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 5
  }

  target {
    arn      = module.maintenance.alias_arn
    role_arn = aws_iam_role.scheduler.arn

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 1800
    }
  }

  # AWS refuses a schedule whose role cannot call its target yet.
  depends_on = [aws_iam_role_policy.scheduler]
}

resource "aws_iam_role" "scheduler" {
  name = "${var.name}-scheduler"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  name = "invoke"
  role = aws_iam_role.scheduler.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = module.maintenance.alias_arn
      },
      {
        # The schedule is encrypted under our key and read with this role.
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.home.arn
      },
    ]
  })
}
