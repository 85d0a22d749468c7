# The network of a region, with the root module's inputs.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["a", "b", "c"] }
  }
}

variables {
  name          = "shortline"
  region        = "eu-central-1"
  account_id    = "123456789012"
  partition     = "aws"
  network_cidr  = "10.80.0.0/16"
  database_cidr = "10.80.0.0/16"
  kms_key_arn   = "arn:aws:kms:eu-central-1:123456789012:key/1"
  log_days      = 365
  alarm_emails  = ["ops@example.com"]
}

run "network" {
  command = apply

  module {
    source = "./region"
  }

  assert {
    condition     = [for zone in ["a", "b"] : aws_subnet.private[zone].cidr_block] == ["10.80.0.0/20", "10.80.16.0/20"]
    error_message = "Each of two zones has a subnet."
  }
  assert {
    condition     = [for zone in ["a", "b"] : aws_subnet.private[zone].availability_zone] == ["a", "b"]
    error_message = "The subnets are in two zones."
  }
  assert {
    condition     = contains(data.aws_availability_zones.here.exclude_zone_ids, "use1-az3")
    error_message = "Zones without RDS Proxy are excluded."
  }
  assert {
    condition = alltrue([
      for description in [aws_security_group.origin.description, aws_vpc_security_group_egress_rule.origin_to_postgres.description] :
      can(regex("^[a-zA-Z0-9. _:/()#,@\\[\\]+=&;{}!$*-]{1,255}$", description))
    ])
    error_message = "EC2 accepts no other characters."
  }
  assert {
    condition     = length(coalesce(aws_route_table.private.route, [])) == 0
    error_message = "The network has no route out."
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.origin_to_postgres.to_port == 5432 && aws_vpc_security_group_egress_rule.origin_to_postgres.cidr_ipv4 == "10.80.0.0/16"
    error_message = "The origin reaches Postgres and nothing else."
  }
  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.kms_key_arn && aws_cloudwatch_log_group.network.kms_key_id == var.kms_key_arn
    error_message = "Data in the region is encrypted under its key."
  }
}

run "a_zone_that_is_away_replaces_nothing" {
  command = plan

  module {
    source = "./region"
  }

  override_data {
    target = data.aws_availability_zones.here
    values = { names = ["b"] }
  }

  assert {
    condition = alltrue([
      for key, zone in { a = "a", b = "b" } :
      aws_subnet.private[key].availability_zone == zone && contains(run.network.subnet_ids, aws_subnet.private[key].id)
    ])
    error_message = "Subnets keep the zones that were chosen first."
  }
}
