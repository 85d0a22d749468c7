# Changes of an installation: which are refused, and which are announced.

variables {
  networks         = { eu-central-1 = "10.80.0.0/16", us-east-1 = "10.81.0.0/16" }
  generations      = { edge_secret = [1], edge_access_key = [1] }
  servers          = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "18", connections = 400 } }
  analytics_server = "links"
  reader           = { exists = true, is_in_use = true }
  has_failover     = true
  attach_worker_by = "custom_domain"
  domains          = ["go.example.com"]
}

run "installation" {
  command = apply

  module {
    source = "./changes"
  }

  variables {
    plan_time = "2026-01-01T00:00:00Z"
  }

  assert {
    condition     = local.is_first_apply && length(local.new_choices) == 0
    error_message = "Nothing is refused or announced at first."
  }
}

run "a_second" {
  command = apply

  module {
    source = "./changes"
  }

  variables {
    plan_time = "2026-01-02T00:00:00Z"
  }

  assert {
    condition     = !local.is_first_apply && length(local.new_choices) == 0
    error_message = "Nothing is new in a second plan."
  }
}

# Networks.

run "slot_changed" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time = "2026-02-01T00:00:00Z"
    networks  = { eu-central-1 = "10.80.0.0/16", us-east-1 = "10.82.0.0/16" }
  }

  expect_failures = [terraform_data.permitted_changes]
}

run "region_removed_and_another_in_its_slot" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time = "2026-02-02T00:00:00Z"
    networks  = { eu-central-1 = "10.80.0.0/16", us-west-2 = "10.81.0.0/16" }
  }

  assert {
    condition     = terraform_data.network["us-west-2"].input == "10.81.0.0/16"
    error_message = "A slot that is free may be given to another region."
  }
}

# Generations.

run "current_generation_left_out" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-03T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [1] }
  }

  expect_failures = [terraform_data.permitted_changes]
}

run "two_new_generations" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-04T00:00:00Z"
    generations = { edge_secret = [1], edge_access_key = [3, 2] }
  }

  expect_failures = [terraform_data.permitted_changes]
}

run "new_generation_first" {
  command = apply

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-05T00:00:00Z"
    generations = { edge_secret = [2, 1], edge_access_key = [2, 1] }
  }

  assert {
    condition     = length(local.skipped_generations) == 0
    error_message = "The first step of a rotation is permitted."
  }
}

run "next_generation_before_the_old_one_is_left_out" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-06T00:00:00Z"
    generations = { edge_secret = [3, 2], edge_access_key = [2, 1] }
  }

  expect_failures = [terraform_data.permitted_changes]
}

run "both_generations_left_out" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-07T00:00:00Z"
    generations = { edge_secret = [2, 1], edge_access_key = [3] }
  }

  expect_failures = [terraform_data.permitted_changes]
}

run "rotation_given_up" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-08T00:00:00Z"
    generations = { edge_secret = [1], edge_access_key = [1] }
  }

  assert {
    condition     = length(local.skipped_generations) == 0
    error_message = "A rotation may be taken back."
  }
}

run "old_generation_left_out" {
  command = apply

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-09T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
  }

  assert {
    condition     = length(local.skipped_generations) == 0
    error_message = "The second step of a rotation is permitted."
  }
}

run "next_rotation" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-10T00:00:00Z"
    generations = { edge_secret = [3, 2], edge_access_key = [2] }
  }

  assert {
    condition     = length(local.skipped_generations) == 0
    error_message = "After both steps the next rotation is permitted."
  }
}

# Databases.

run "reader_removed_while_in_use" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-11T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
    reader      = { exists = false, is_in_use = false }
  }

  expect_failures = [terraform_data.permitted_changes]
}

run "clicks_left_behind" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time        = "2026-01-12T00:00:00Z"
    generations      = { edge_secret = [2], edge_access_key = [2] }
    analytics_server = "analytics"
  }

  expect_failures = [terraform_data.permitted_changes]
}

run "clicks_moved" {
  command = plan

  module {
    source = "./changes"
  }

  plan_options {
    replace = [terraform_data.analytics_server]
  }

  variables {
    plan_time        = "2026-01-13T00:00:00Z"
    generations      = { edge_secret = [2], edge_access_key = [2] }
    analytics_server = "analytics"
  }

  assert {
    condition     = terraform_data.analytics_server.input == "analytics"
    error_message = "Clicks may move on request."
  }
}

run "major_upgrade_without_an_exact_version" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-14T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
    servers     = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "17", connections = 400 } }
  }

  expect_failures = [terraform_data.permitted_changes, check.maintenance_window]
}

run "larger_class" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-15T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
    servers     = { links = { instance_class = "db.m7g.large", storage_gb = 50, multi_az = true, postgres = "18", connections = 400 } }
  }

  expect_failures = [check.maintenance_window]
}

run "connections_lowered" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-16T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
    servers     = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "18", connections = 200 } }
  }

  assert {
    condition     = output.connections.links == 200
    error_message = "Fewer connections count at once."
  }

  expect_failures = [check.maintenance_window]
}

run "connections_raised_and_reader_left" {
  command = apply

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-01-17T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
    servers     = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "18", connections = 800 } }
    reader      = { exists = true, is_in_use = false }
  }

  assert {
    condition     = output.connections.links == 400
    error_message = "More connections do not count before the restart."
  }

  expect_failures = [check.maintenance_window]
}

run "reader_removed_and_server_restarted" {
  command = apply

  module {
    source = "./changes"
  }

  plan_options {
    replace = [terraform_data.connections["links"]]
  }

  variables {
    plan_time   = "2026-01-18T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
    servers     = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "18", connections = 800 } }
    reader      = { exists = false, is_in_use = false }
  }

  assert {
    condition     = output.connections.links == 800
    error_message = "More connections count after the restart."
  }
}

run "reader_added" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time   = "2026-02-03T00:00:00Z"
    generations = { edge_secret = [2], edge_access_key = [2] }
    servers     = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "18", connections = 800 } }
  }

  assert {
    condition     = length(local.new_choices) == 0
    error_message = "A reader is added without further ado."
  }
}

# Announced.

run "domains_attached_by_route" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time        = "2026-01-19T00:00:00Z"
    generations      = { edge_secret = [2], edge_access_key = [2] }
    servers          = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "18", connections = 800 } }
    reader           = { exists = false, is_in_use = false }
    attach_worker_by = "route"
  }

  expect_failures = [check.custom_domains]
}

run "failover_removed" {
  command = plan

  module {
    source = "./changes"
  }

  variables {
    plan_time    = "2026-01-20T00:00:00Z"
    generations  = { edge_secret = [2], edge_access_key = [2] }
    servers      = { links = { instance_class = "db.t4g.medium", storage_gb = 50, multi_az = true, postgres = "18", connections = 800 } }
    reader       = { exists = false, is_in_use = false }
    has_failover = false
  }

  expect_failures = [check.failover_domain]
}
