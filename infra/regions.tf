# The regions: home, which has the databases and the queue, and further ones that reach them through VPC peering. Each has an origin. The
# edge uses all of them (`ORIGIN_URLS`) and asks another one when one fails.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition

  # Home first, then by slot, so that the order does not depend on the names.
  slots           = merge({ (var.region) = 0 }, var.further_regions)
  ordered_regions = [for slot in sort([for region, slot in local.slots : format("%d %s", slot, region)]) : split(" ", slot)[1]]
  regions         = toset(local.ordered_regions)
  # A separate range per region, because peered networks must not overlap.
  network_cidrs = { for region, slot in local.slots : region => cidrsubnet(var.network, 3, slot) }
  home          = module.region[var.region]
}

module "region" {
  source   = "./region"
  for_each = local.regions

  name          = var.name
  region        = each.key
  account_id    = local.account_id
  partition     = local.partition
  network_cidr  = local.network_cidrs[each.key]
  database_cidr = local.network_cidrs[var.region]
  kms_key_arn   = local.kms_key_arns[each.key]
  log_days      = var.log_days
  alarm_emails  = var.alarm_emails
}

resource "aws_vpc_peering_connection" "home" {
  for_each = var.further_regions

  region      = each.key
  vpc_id      = module.region[each.key].vpc_id
  peer_vpc_id = local.home.vpc_id
  peer_region = var.region
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_peering_connection_accepter" "home" {
  for_each = aws_vpc_peering_connection.home

  vpc_peering_connection_id = each.value.id
  auto_accept               = true
  tags                      = { Name = "${var.name}-${each.key}" }
}

resource "aws_route" "to_home" {
  for_each = aws_vpc_peering_connection_accepter.home

  region                    = each.key
  route_table_id            = module.region[each.key].route_table_id
  destination_cidr_block    = local.home.network_cidr
  vpc_peering_connection_id = each.value.vpc_peering_connection_id
}

resource "aws_route" "from_home" {
  for_each = aws_vpc_peering_connection_accepter.home

  route_table_id            = local.home.route_table_id
  destination_cidr_block    = module.region[each.key].network_cidr
  vpc_peering_connection_id = each.value.vpc_peering_connection_id
}

module "origin" {
  source   = "./function"
  for_each = local.regions

  name        = "${var.name}-origin"
  description = "API of record, and link lookups for the edge"
  region      = each.key
  partition   = local.partition
  package     = "${var.packages}/origin-lambda.zip"
  memory_mb   = var.origin.memory_mb
  # Longer than the edge waits for any API call (15 s).
  timeout_seconds         = 30
  reserved_concurrency    = local.origin_concurrency
  provisioned_concurrency = var.origin.provisioned_concurrency
  kms_key_arn             = local.kms_key_arns[each.key]
  log_days                = var.log_days
  # Streams responses: an export may exceed the 6 MB limit of a buffered one.
  environment = merge(local.origin_environment, local.traces_environment[each.key], { RESPONSE_STREAM = tostring(!var.workarounds.buffered_responses) })
  network = {
    subnet_ids         = module.region[each.key].subnet_ids
    security_group_ids = [module.region[each.key].origin_security_group_id]
  }
  statements = local.traces_statements
}

# Calls the alias, so that a canary receives its share.
resource "aws_lambda_function_url" "origin" {
  for_each = module.origin

  region             = each.key
  function_name      = each.value.name
  qualifier          = each.value.alias_name
  authorization_type = "AWS_IAM"
  invoke_mode        = var.workarounds.buffered_responses ? "BUFFERED" : "RESPONSE_STREAM"

  lifecycle {
    precondition {
      condition     = local.origin_instances >= 2
      error_message = "The databases' connections allow only ${local.origin_instances} instances of each origin, and at least two are needed. Raise `database.connections` or that of `analytics_database`, or lower `consumer.concurrency`."
    }
    precondition {
      condition     = !var.reserve_concurrency || var.origin.provisioned_concurrency <= floor(local.origin_instances * 0.9)
      error_message = "The databases' connections allow ${local.origin_instances} instances of each origin. Keep at most ${floor(local.origin_instances * 0.9)} of them warm, since a canary's tenth of the calls needs instances of its own and would be throttled: lower `origin.provisioned_concurrency`, or raise `database.connections` or that of `analytics_database`."
    }
  }
}
