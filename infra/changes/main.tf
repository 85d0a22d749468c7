# Changes that would take away what live versions still use, or that do not do what they seem to: refused or announced by the plan, before
# anything is touched.
#
# A condition sees the settings of this plan only, not those of the last apply. So each choice leaves a marker, which keeps the time of the
# plan that made it: a marker with the time of this plan stands for a choice that is new.

locals {
  choices = toset(concat(
    flatten([for kind, list in var.generations : [
      [for number in list : "${kind} ${number}"],
      "${kind} ${reverse(list)[0]} is the oldest",
    ]]),
    var.reader.is_in_use ? [] : ["the reader is not in use"],
    var.has_failover ? [] : ["no failover domain"],
    ["domains are attached by ${var.attach_worker_by}"],
    [for server in keys(var.servers) : "server ${server}"],
    [for server in keys(var.servers) : local.server_in_words[server]],
    [for server in keys(var.servers) : local.server_with_major_version[server]],
  ))
  # In the first apply everything is new, and nothing is live yet.
  is_first_apply = terraform_data.installation.input == var.plan_time
  new_choices    = [for choice, marker in terraform_data.choice : choice if marker.input == var.plan_time && !local.is_first_apply]

  # Of two generations, the older must have been alone before: otherwise one that is in use was left out in the same step. A single one
  # must have been listed beside another before.
  skipped_generations = [
    for kind, list in var.generations : kind
    if contains(local.new_choices, "${kind} ${list[0]}") && contains(local.new_choices, "${kind} ${reverse(list)[0]} is the oldest")
  ]

  server_in_words = { for server, settings in var.servers : server => join(" ", [
    "${server} on ${settings.instance_class} with ${settings.storage_gb} GB in ${settings.multi_az ? "two zones" : "one zone"},",
    "Postgres ${settings.postgres}, ${settings.connections} connections",
  ]) }

  server_with_major_version = { for server, settings in var.servers : server => "${server} on Postgres ${split(".", settings.postgres)[0]}" }
  upgraded_servers = [
    for server in keys(var.servers) : server
    if contains(local.new_choices, local.server_with_major_version[server]) && !contains(local.new_choices, "server ${server}")
  ]
}

resource "terraform_data" "choice" {
  for_each = local.choices

  input = var.plan_time

  lifecycle {
    ignore_changes = [input]
  }
}

resource "terraform_data" "installation" {
  input = var.plan_time

  lifecycle {
    ignore_changes = [input]
  }

  # If the first apply breaks off, the next one is the first again.
  depends_on = [terraform_data.choice, terraform_data.network, terraform_data.analytics_server]
}

resource "terraform_data" "network" {
  for_each = var.networks

  input = each.value

  lifecycle {
    ignore_changes = [input]
  }
}

# The server that has the clicks.
resource "terraform_data" "analytics_server" {
  input = var.analytics_server

  lifecycle {
    ignore_changes = [input]
  }
}

# The connections that a server accepts since its last restart. After another one: `terraform apply -replace=…`, see docs/runbook.md.
resource "terraform_data" "connections" {
  for_each = var.servers

  input = each.value.connections

  lifecycle {
    ignore_changes = [input]
  }
}

resource "terraform_data" "permitted_changes" {
  lifecycle {
    precondition {
      condition     = length(local.skipped_generations) == 0
      error_message = <<-EOT
        This would leave out a generation of ${join(", ", local.skipped_generations)} that live versions still use. Rotate in two deployments: first put
        the new number in front of the current one, then leave the old one out, for example from [1] by [2, 1] to [2], and from [2, 1] by [2] to [3, 2].
      EOT
    }
    precondition {
      condition     = alltrue([for server in local.upgraded_servers : strcontains(var.servers[server].postgres, ".")])
      error_message = "RDS upgrades to another major version only if it is named exactly: set `postgres` to a version such as \"18.4\", and back to the major version afterwards. docs/runbook.md, Change a database, has the steps."
    }
    precondition {
      condition     = alltrue([for region, cidr in var.networks : terraform_data.network[region].input == cidr])
      error_message = <<-EOT
        The networks are ${join(", ", [for region, network in terraform_data.network : "${network.input} in ${region}"])}. AWS cannot change them under servers and functions: put `network` and
        the slots of `further_regions` back. To give a further region another slot, remove it, deploy, and add it again.
      EOT
    }
    precondition {
      condition     = terraform_data.analytics_server.input == var.analytics_server
      error_message = "The clicks are on the server `${terraform_data.analytics_server.input}`, and this would lose them. Put `analytics_database` back; docs/deploying.md says how to move them to a server of their own."
    }
    precondition {
      condition     = var.reader.exists || !contains(local.new_choices, "the reader is not in use")
      error_message = "Live versions still read lists from the reader. First set `reader_in_use = false` beside `reader = true` in `database` and deploy, then remove the reader."
    }
  }
}

# Warnings, which do not stop the plan.

check "maintenance_window" {
  assert {
    condition = alltrue([
      for server in keys(var.servers) :
      contains(local.new_choices, "server ${server}") || !contains(local.new_choices, local.server_in_words[server])
    ])
    error_message = "RDS changes a server's class, storage, zones and version in its maintenance window (Sunday, 03:30 to 04:30 UTC), and `connections` at its next restart; until then the functions get no more. docs/runbook.md, Change a database, says how to have it now, and which server to restart first."
  }
}

check "custom_domains" {
  assert {
    condition     = !contains(local.new_choices, "domains are attached by route")
    error_message = "`attach_worker_by = \"route\"` takes away the custom domains and the DNS records that came with them. Between that and your own records, ${join(", ", var.domains)} cannot be reached: apply this when you are ready to add a proxied record for each at once."
  }
}

check "failover_domain" {
  assert {
    condition     = !contains(local.new_choices, "no failover domain")
    error_message = "Without `failover_domain` the HTTP API and its certificates go. Check first that the DNS of no short domain points to it."
  }
}
