# The way of a click in AWS: the queue, its dead letters, the consumer that drains it, and the maintenance of its tables.

locals {
  consumer_timeout_seconds = 60
}

resource "aws_sqs_queue" "clicks" {
  name = "${var.name}-clicks"
  # Six times the consumer's timeout, as AWS asks for: a message must not come again while its batch is worked on.
  visibility_timeout_seconds = 6 * local.consumer_timeout_seconds
  # A day's outage many times over, and four days less than a dead letter may then still lie: its age counts from the first
  # day on.
  message_retention_seconds = 10 * 24 * 3600
  # A batch is sealed at 200 KB; JSON and attributes make it a little more.
  max_message_size          = 262144
  receive_wait_time_seconds = 20
  # Encrypted by SQS itself: under a key of ours the edge would need a permission more, for no reader less.
  sqs_managed_sse_enabled = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    # While the database is away messages go back, at most every 15 minutes in the end: about 200 times in a day. What
    # cannot be read the consumer moves by itself, at once.
    maxReceiveCount = 1000
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-clicks-dead"
  message_retention_seconds = 14 * 24 * 3600
  max_message_size          = 262144
  sqs_managed_sse_enabled   = true
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

# The only service that is called from inside the network. It lets through what its callers' roles allow, on our queues.
resource "aws_vpc_endpoint" "sqs" {
  vpc_id              = local.home.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${var.region}.sqs"
  subnet_ids          = local.home.subnet_ids
  security_group_ids  = [aws_security_group.sqs.id]
  private_dns_enabled = true
  policy = jsonencode({
    Version = "2012-10-17"
    # The account by condition: as a principal it is, to a gateway endpoint, the root user alone, and of this kind nothing is said.
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
        # For `clicks dead-letters` by hand; Lambda's pollers, who receive clicks, are outside.
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
  name        = "${var.name}-sqs"
  description = "The endpoint of SQS: in from the functions that send"
  vpc_id      = local.home.vpc_id
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
  name        = "${var.name}-consumer"
  description = "The consumer: out to Postgres and SQS only"
  vpc_id      = local.home.vpc_id
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
  description          = "Stores batches of clicks, each once"
  region               = var.region
  partition            = local.partition
  package              = "${var.packages}/log-consumer.zip"
  memory_mb            = var.consumer.memory_mb
  timeout_seconds      = local.consumer_timeout_seconds
  reserved_concurrency = var.reserve_concurrency ? var.consumer.concurrency : -1
  kms_key_arn          = local.home.kms_key_arn
  log_days             = var.log_days
  environment = {
    LINKS_DATABASE_URL     = local.proxied_url.consumer.links
    ANALYTICS_DATABASE_URL = local.proxied_url.consumer.analytics
    CLICK_QUEUE_URL        = aws_sqs_queue.clicks.url
    DEAD_LETTER_QUEUE_URL  = aws_sqs_queue.dead_letters.url
  }
  network = {
    subnet_ids         = local.home.subnet_ids
    security_group_ids = [aws_security_group.consumer.id]
  }
  statements = [
    {
      # Received and deleted by Lambda's mapping, with this role; returned by the consumer itself.
      Effect   = "Allow"
      Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource = aws_sqs_queue.clicks.arn
    },
    {
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = aws_sqs_queue.dead_letters.arn
    },
  ]
}

resource "aws_lambda_event_source_mapping" "clicks" {
  event_source_arn                   = aws_sqs_queue.clicks.arn
  function_name                      = module.consumer.alias_arn
  batch_size                         = var.consumer.batch_size
  maximum_batching_window_in_seconds = var.consumer.window_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    # Not more than there are connections for; without it SQS would invoke into the throttle, and count receives.
    maximum_concurrency = var.consumer.concurrency
  }
}

# Makes the partitions of the days to come, drops those whose time is over, reports the books, seals days. Safe to run twice.
module "maintenance" {
  source = "./function"

  name                 = "${var.name}-maintenance"
  description          = "Partitions, retention and the books of clicks, by the hour"
  region               = var.region
  partition            = local.partition
  package              = "${var.packages}/maintenance.zip"
  memory_mb            = 256
  timeout_seconds      = 300
  reserved_concurrency = var.reserve_concurrency ? 1 : -1
  kms_key_arn          = local.home.kms_key_arn
  log_days             = var.log_days
  environment = {
    DATABASE_URL           = local.owner_url.links
    ANALYTICS_DATABASE_URL = local.owner_url.analytics
  }
  network = {
    subnet_ids         = local.home.subnet_ids
    security_group_ids = [aws_security_group.schema_owner.id]
  }
}

resource "aws_scheduler_schedule" "maintenance" {
  name                = "${var.name}-maintenance"
  description         = "Runs the maintenance of the click tables"
  schedule_expression = "rate(1 hour)"
  kms_key_arn         = local.home.kms_key_arn

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
        # The schedule itself lies under our key, and is read with this role.
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = local.home.kms_key_arn
      },
    ]
  })
}
