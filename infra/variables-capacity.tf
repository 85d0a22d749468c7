# The options that decide what an installation can carry.

variable "database" {
  description = "The Postgres server for links, and for analytics unless `analytics_database` is set. Storage can only grow. `connections` is its max_connections, at most 110 per GB of memory; a raise counts for the functions only after a restart, see docs/runbook.md. `postgres` is the major version; name the exact one, such as 18.4, to upgrade to it. `reader` adds a replica for lists of links and tags, and for finding the links in statistics of a tag or domain, never for redirects; before removing it, set `reader_in_use` to false and deploy."
  type = object({
    instance_class = optional(string, "db.t4g.medium")
    storage_gb     = optional(number, 50)
    max_storage_gb = optional(number, 500)
    connections    = optional(number, 400)
    multi_az       = optional(bool, true)
    backup_days    = optional(number, 14)
    postgres       = optional(string, "18")
    reader         = optional(bool, false)
    reader_in_use  = optional(bool, true)
  })
  default = {}

  validation {
    condition     = startswith(var.database.instance_class, "db.")
    error_message = "Use an RDS class for `instance_class`, such as db.m7g.large."
  }
  validation {
    condition     = alltrue([for number in [var.database.storage_gb, var.database.max_storage_gb, var.database.connections, var.database.backup_days] : floor(number) == number])
    error_message = "Use whole numbers for `storage_gb`, `max_storage_gb`, `connections` and `backup_days`."
  }
  validation {
    condition     = var.database.storage_gb >= 20 && var.database.max_storage_gb >= var.database.storage_gb * 1.1 && var.database.max_storage_gb <= 65536
    error_message = "Use at least 20 GB, and a maximum at least a tenth larger, of at most 65,536 GB: RDS requires that for autoscaling."
  }
  validation {
    condition     = var.database.connections >= 100 && var.database.connections <= 5000
    error_message = "Use 100 (the functions' minimum) to 5000 connections."
  }
  validation {
    condition     = var.database.backup_days >= 7 && var.database.backup_days <= 35
    error_message = "Use 7 to 35 days of backups."
  }
  validation {
    condition     = can(regex("^1[78]([.][0-9]+)?$", var.database.postgres))
    error_message = "Use 18, or 17 where RDS Proxy does not support 18 yet; to upgrade, the exact version, such as 18.4."
  }
}

variable "analytics_database" {
  description = "A separate Postgres server for analytics, so that clicks and statistics cannot slow down links; null uses one server for both. Set it before the first deployment: later, the data has to be moved, see docs/deploying.md."
  type = object({
    instance_class = optional(string, "db.t4g.medium")
    storage_gb     = optional(number, 100)
    max_storage_gb = optional(number, 2000)
    connections    = optional(number, 400)
    multi_az       = optional(bool, true)
    backup_days    = optional(number, 14)
    postgres       = optional(string, "18")
  })
  default = null

  validation {
    condition     = var.analytics_database == null ? true : startswith(var.analytics_database.instance_class, "db.")
    error_message = "Use an RDS class for `instance_class`, such as db.m7g.large."
  }
  validation {
    condition     = var.analytics_database == null ? true : alltrue([for number in [var.analytics_database.storage_gb, var.analytics_database.max_storage_gb, var.analytics_database.connections, var.analytics_database.backup_days] : floor(number) == number])
    error_message = "Use whole numbers for `storage_gb`, `max_storage_gb`, `connections` and `backup_days`."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.storage_gb >= 20 && var.analytics_database.max_storage_gb >= var.analytics_database.storage_gb * 1.1 && var.analytics_database.max_storage_gb <= 65536
    error_message = "Use at least 20 GB, and a maximum at least a tenth larger, of at most 65,536 GB: RDS requires that for autoscaling."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.connections >= 100 && var.analytics_database.connections <= 5000
    error_message = "Use 100 (the functions' minimum) to 5000 connections."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.backup_days >= 7 && var.analytics_database.backup_days <= 35
    error_message = "Use 7 to 35 days of backups."
  }
  validation {
    condition     = var.analytics_database == null ? true : can(regex("^1[78]([.][0-9]+)?$", var.analytics_database.postgres))
    error_message = "Use 18, or 17 where RDS Proxy does not support 18 yet; to upgrade, the exact version, such as 18.4."
  }
}

variable "origin" {
  description = "The origin's function in each region: memory, maximum instances (fewer if the databases' connections do not suffice), instances kept warm, and the most codes ever issued."
  type = object({
    memory_mb               = optional(number, 512)
    max_concurrency         = optional(number, 200)
    provisioned_concurrency = optional(number, 0)
    code_ceiling            = optional(number, 1000000000)
  })
  default = {}

  validation {
    condition     = var.origin.memory_mb >= 128 && var.origin.memory_mb <= 3008
    error_message = "Use 128 to 3008 MB."
  }
  validation {
    condition     = var.origin.max_concurrency >= 2
    error_message = "Use at least 2: one instance and one for a canary."
  }
  validation {
    condition     = var.origin.provisioned_concurrency >= 0
    error_message = "Use 0 or more."
  }
  validation {
    condition     = alltrue([for number in values(var.origin) : floor(number) == number])
    error_message = "Use whole numbers."
  }
  validation {
    condition     = var.origin.provisioned_concurrency <= floor(var.origin.max_concurrency * 0.9)
    error_message = "Keep at most ${floor(var.origin.max_concurrency * 0.9)} of ${var.origin.max_concurrency} instances warm: a canary's tenth of the calls needs instances of its own, and would be throttled. Lower `provisioned_concurrency`, or raise `max_concurrency`."
  }
  validation {
    condition     = var.origin.code_ceiling >= 1000000 && var.origin.code_ceiling <= 3521614606208
    error_message = "Use a million to 62^7 codes."
  }
}

variable "consumer" {
  description = "The click consumer: memory, maximum concurrent invocations, maximum messages per invocation, and how many seconds to wait for them. A message holds up to 100 clicks. `paused` stops it, and an apply does not start it again: clicks wait in the queue, for ten days."
  type = object({
    memory_mb      = optional(number, 512)
    concurrency    = optional(number, 5)
    batch_size     = optional(number, 100)
    window_seconds = optional(number, 1)
    paused         = optional(bool, false)
  })
  default = {}

  validation {
    condition     = alltrue([for number in [var.consumer.memory_mb, var.consumer.concurrency, var.consumer.batch_size, var.consumer.window_seconds] : floor(number) == number])
    error_message = "Use whole numbers."
  }
  validation {
    condition     = var.consumer.memory_mb >= 128 && var.consumer.memory_mb <= 3008
    error_message = "Use 128 to 3008 MB."
  }
  validation {
    condition     = var.consumer.concurrency >= 2 && var.consumer.concurrency <= 50
    error_message = "Use 2 (the minimum of an event source mapping) to 50."
  }
  validation {
    condition     = var.consumer.batch_size >= 1 && var.consumer.batch_size <= 1000
    error_message = "Use 1 to 1000 messages, which is at most 100,000 clicks in a transaction."
  }
  validation {
    condition     = var.consumer.window_seconds >= 1 && var.consumer.window_seconds <= 60
    error_message = "Use 1 to 60 seconds; a batch of more than ten messages needs at least one."
  }
}

variable "reserve_concurrency" {
  description = "Reserves concurrency for each function. Set to false only if the account's quota is too small (10 for a new account); then the quota is the limit."
  type        = bool
  default     = true
}
