# Where traces go.

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

run "nothing_is_sent_by_default" {
  command = apply

  assert {
    condition     = length(aws_vpc_endpoint.xray) == 0 && length(aws_vpc_security_group_egress_rule.functions_to_collector) == 0
    error_message = "Without tracing there is no endpoint and no way to a collector."
  }
  assert {
    condition     = local.traces_environment["eu-central-1"].OTEL_EXPORTER_OTLP_TRACES_ENDPOINT == "" && local.traces_environment["eu-central-1"].OTEL_EXPORTER_OTLP_ENDPOINT == ""
    error_message = "The functions have no collector's address."
  }
}

run "xray_has_an_endpoint_in_each_region" {
  command = apply

  variables {
    tracing         = "xray"
    further_regions = { us-east-1 = 1 }
  }

  assert {
    condition     = [for region, endpoint in aws_vpc_endpoint.xray : endpoint.service_name] == ["com.amazonaws.eu-central-1.xray", "com.amazonaws.us-east-1.xray"]
    error_message = "Each region's network has its own endpoint."
  }
  assert {
    condition     = sort(keys(aws_vpc_security_group_egress_rule.functions_to_xray)) == tolist(["consumer", "origin-eu-central-1", "origin-us-east-1"])
    error_message = "Origins and consumer reach it."
  }
  assert {
    condition     = local.traces_environment["us-east-1"].OTEL_EXPORTER_OTLP_TRACES_ENDPOINT == "https://xray.us-east-1.amazonaws.com/v1/traces"
    error_message = "Each origin sends to its own region."
  }
}

run "collector_inside_the_network" {
  command = apply

  variables {
    tracing       = "http://10.80.3.4:4318"
    tracing_ratio = 0.25
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.functions_to_collector["consumer"].to_port == 4318 && length(aws_vpc_endpoint.xray) == 0
    error_message = "The functions reach the collector's port."
  }
  assert {
    condition     = local.traces_environment["eu-central-1"].OTEL_EXPORTER_OTLP_ENDPOINT == "http://10.80.3.4:4318" && local.traces_environment["eu-central-1"].OTEL_TRACES_SAMPLER_ARG == "0.25"
    error_message = "The functions have its address and the share."
  }
}

run "address_with_credentials_is_refused" {
  command         = plan
  expect_failures = [var.tracing]

  variables {
    tracing = "http://user:secret@10.80.3.4:4318"
  }
}
