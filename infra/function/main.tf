# One Lambda function with its role, its log and the alias `live`, which all callers use. Terraform owns role, settings and environment.
# `cargo xtask deploy` owns the code, and moves the alias.

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_116:Synchronous callers and the click queue see every failure; the click queue has its own dead letters
  # checkov:skip=CKV_AWS_272:The deployer uploads packages from this checkout with their own credentials; the plan has the checksums
  # checkov:skip=CKV_AWS_50:A trace for each redirect would cost more than the redirect; logs share one request id
  # checkov:skip=CKV_AWS_115:Reserved by default; a new account's quota does not allow it (see reserve_concurrency)
  region        = var.region
  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  runtime       = "provided.al2023"
  architectures = ["arm64"]
  handler       = "bootstrap"
  filename      = var.package
  publish       = true

  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.kms_key_arn

  environment {
    variables = merge({ RUST_LOG = "info" }, var.environment)
  }

  vpc_config {
    subnet_ids         = var.network.subnet_ids
    security_group_ids = var.network.security_group_ids
  }

  logging_config {
    # The functions already write JSON; this makes Lambda's own lines JSON too. From INFO they have the REPORT of each call: how long a
    # start took, and the memory used.
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.this.name
  }

  lifecycle {
    # `cargo xtask deploy` replaces the code.
    ignore_changes = [filename]
  }

  # The complete role: AWS refuses an event source mapping if the role cannot read the queue yet.
  depends_on = [aws_iam_role_policy.log, aws_iam_role_policy.network, aws_iam_role_policy.task]
}

resource "aws_lambda_alias" "live" {
  region           = var.region
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  lifecycle {
    # A deployment moves it, first as a canary, and notes the previous version in the description for a rollback.
    ignore_changes = [function_version, routing_config, description]
  }
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  count = var.provisioned_concurrency > 0 ? 1 : 0

  region                            = var.region
  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.provisioned_concurrency
}

resource "aws_cloudwatch_log_group" "this" {
  region            = var.region
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "this" {
  name = "${var.name}-${var.region}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "log" {
  name = "log"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
      {
        # Decrypts the environment, which holds the secrets.
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.kms_key_arn
      },
    ]
  })
}

# The Lambda service creates the network interfaces with the function's role. The actions cannot be limited to an interface that does not
# exist yet, so the second statement denies all of them to the function's code, which does not need them.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
resource "aws_iam_role_policy" "network" {
  # checkov:skip=CKV_AWS_355:The interface does not exist yet; the second statement denies the actions to the code
  # checkov:skip=CKV_AWS_290:See above
  name = "network"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = local.network_actions
        Resource = "*"
      },
      {
        Effect    = "Deny"
        Action    = local.network_actions
        Resource  = "*"
        Condition = { ArnLike = { "lambda:SourceFunctionArn" = "arn:${var.partition}:lambda:*:*:function:*" } }
      },
    ]
  })
}

locals {
  network_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ]
}

resource "aws_iam_role_policy" "task" {
  count = length(var.statements) > 0 ? 1 : 0

  name   = "task"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}
