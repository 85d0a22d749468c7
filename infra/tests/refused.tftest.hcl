# Values that would fail, leak or destroy only in the cloud: refused before anything is made.

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
  mock_resource "aws_acm_certificate" {
    defaults = {
      domain_validation_options = [{
        domain_name           = "go.example.com"
        resource_record_name  = "_a.example.com."
        resource_record_type  = "CNAME"
        resource_record_value = "_b.acm-validations.aws."
      }]
    }
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

run "wrong_values" {
  command = plan

  variables {
    name                  = "short--line"
    aws_account_id        = "mine"
    region                = "europe"
    network               = "10.0.0.0/24"
    cloudflare_account_id = "mine"
    cloudflare_zone_id    = "example.com"
    domain                = "https://go.example.com/"
    attach_worker_by      = "magic"
    database              = { backup_days = 1 }
    analytics_database    = { connections = 10 }
    origin                = { max_concurrency = 1 }
    consumer              = { concurrency = 1 }
    rate_limit_allow      = ["everybody"]
    compatible_apis       = ["bitly"]
    worker_vars           = { fallback = "" }
    alarm_emails          = []
    log_days              = 1
    generations           = { edge_secret = [3, 2, 1] }
  }

  expect_failures = [
    var.name, var.aws_account_id, var.region, var.network, var.cloudflare_account_id, var.cloudflare_zone_id, var.domain,
    var.attach_worker_by, var.database, var.analytics_database, var.origin, var.consumer,
    var.rate_limit_allow, var.compatible_apis, var.worker_vars, var.alarm_emails, var.log_days, var.generations,
  ]
}

# These validations compare with other variables, so Terraform skips them while those are invalid.
run "wrong_values_beside_right_ones" {
  command = plan

  variables {
    further_regions = { us-east-1 = 1, us-west-2 = 1 }
    further_domains = { "go.example.net" = "example.net" }
  }

  expect_failures = [var.further_regions, var.further_domains]
}

# A network of AWS has at most a /16, and no private IPv6 range. A certificate's name has at most 64 characters. Function URLs do not exist in
# Spain and in Tel Aviv.
run "wide_network_long_name_and_region_without_function_urls" {
  command = plan

  variables {
    region   = "eu-south-2"
    network  = "10.0.0.0/8"
    domain   = "a-name-of-more-than-sixty-four-characters.for-short-links.example.com"
    database = { storage_gb = 50.5 }
    consumer = { batch_size = 1.5 }
    origin   = { max_concurrency = 10, provisioned_concurrency = 10 }
  }

  expect_failures = [var.region, var.network, var.domain, var.database, var.consumer, var.origin]
}

run "long_further_names_and_further_region_without_function_urls" {
  command = plan

  variables {
    further_regions = { il-central-1 = 1 }
    further_domains = { "a-name-of-more-than-sixty-four-characters.for-short-links.example.net" = "00000000000000000000000000000001" }
  }

  expect_failures = [var.further_regions, var.further_domains]
}

run "long_failover_domain_and_further_region_of_another_partition" {
  command = plan

  variables {
    further_regions = { cn-north-1 = 1 }
    failover_domain = "a-name-of-more-than-sixty-four-characters.for-redirects.example.com"
  }

  expect_failures = [var.further_regions, var.failover_domain]
}

run "other_partition_ipv6_and_fractions" {
  command = plan

  variables {
    region             = "us-gov-west-1"
    network            = "fd00::/16"
    database           = { connections = 400.5 }
    analytics_database = { storage_gb = 100.5 }
    origin             = { memory_mb = 512.5 }
    generations        = { admin_key = 1.5 }
  }

  expect_failures = [var.region, var.network, var.database, var.analytics_database, var.origin, var.generations]
}

run "addresses_inside_a_range_and_slots_out_of_range" {
  command = plan

  variables {
    network            = "10.80.1.0/16"
    further_regions    = { us-east-1 = 8 }
    database           = { postgres = "16" }
    analytics_database = { max_storage_gb = 100000 }
  }

  expect_failures = [var.network, var.further_regions, var.database, var.analytics_database]
}

run "home_among_the_further_regions" {
  command = plan

  variables {
    further_regions = { eu-central-1 = 1 }
  }

  expect_failures = [var.further_regions]
}

run "connections_for_no_origin" {
  command = plan

  variables {
    database = { connections = 100 }
    consumer = { concurrency = 50 }
  }

  expect_failures = [aws_lambda_function_url.origin]
}

# 400 connections allow 43 instances.
run "no_instances_for_a_canary" {
  command = plan

  variables {
    origin = { provisioned_concurrency = 40 }
  }

  expect_failures = [aws_lambda_function_url.origin]
}

run "dashboard_at_the_failover_domain" {
  command = plan

  variables {
    failover_domain = "go-direct.example.com"
    dashboard_host  = "go-direct.example.com"
  }

  expect_failures = [var.dashboard_host]
}

run "scheme_that_a_browser_runs" {
  command = plan

  variables {
    allowed_schemes = ["tel", "javascript"]
  }

  expect_failures = [var.allowed_schemes]
}
