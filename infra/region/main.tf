# The basis of a region: a network without internet access, an alarm topic, and the origin's security group.

data "aws_availability_zones" "here" {
  # checkov:skip=CKV_AWS_394:Used once, when the subnets are made; opt-in zones are excluded
  region = var.region
  state  = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  # RDS Proxy does not support this zone: AWS would drop its subnet, and every plan would show a difference.
  # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_proxy#unsupported-availability-zones
  exclude_zone_ids = ["use1-az3"]
}

locals {
  # Multi-AZ, RDS Proxy and Lambda need two zones to survive the loss of one.
  # `element` also answers on a day with a single zone, which subnets that exist ignore.
  subnets = { for index, key in ["a", "b"] : key => {
    zone       = element(data.aws_availability_zones.here.names, index)
    cidr_block = cidrsubnet(var.network_cidr, 4, index)
  } }
}

resource "aws_vpc" "this" {
  region               = var.region
  cidr_block           = var.network_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# Empties the VPC's default security group, which would allow all traffic.
resource "aws_default_security_group" "closed" {
  region = var.region
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "private" {
  for_each = local.subnets

  region            = var.region
  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.zone
  cidr_block        = each.value.cidr_block
  tags              = { Name = "${var.name}-${each.key}" }

  lifecycle {
    # Chosen once. A zone that AWS does not list today must not replace subnets, and the servers and proxies in them.
    ignore_changes = [availability_zone]
  }
}

# No internet gateway and no NAT: nothing in this network calls out. The root module adds routes to other regions.
resource "aws_route_table" "private" {
  region = var.region
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  region         = var.region
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}

# Logs connections for investigations. Rejected ones only: the functions open many accepted ones a second.
resource "aws_flow_log" "rejected" {
  region               = var.region
  vpc_id               = aws_vpc.this.id
  traffic_type         = "REJECT"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.network.arn
  iam_role_arn         = aws_iam_role.flow_log.arn
}

resource "aws_cloudwatch_log_group" "network" {
  region            = var.region
  name              = "/${var.name}/network"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "flow_log" {
  name = "${var.name}-flow-log-${var.region}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "flow_log" {
  name = "write"
  role = aws_iam_role.flow_log.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.network.arn}:*"
      },
      {
        # The service searches all log groups for its own.
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups"
        Resource = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:*"
      },
    ]
  })
}

resource "aws_sns_topic" "alarms" {
  region            = var.region
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  region    = var.region
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# The origin may connect only to the databases.
resource "aws_security_group" "origin" {
  # checkov:skip=CKV2_AWS_5:The function in the root module uses it
  region      = var.region
  name_prefix = "${var.name}-origin-"
  description = "Origin: out to Postgres only"
  vpc_id      = aws_vpc.this.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "origin_to_postgres" {
  region            = var.region
  security_group_id = aws_security_group.origin.id
  description       = "Postgres in the home region"
  cidr_ipv4         = var.database_cidr
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}
