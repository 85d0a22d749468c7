# All options of an installation. Fixed values stand where they are used.

variable "name" {
  description = "Prefix of every resource's name, and the Worker's name; two installations in one account need two."
  type        = string
  default     = "shortline"

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,19}$", var.name)) && length(var.name) <= 20 && !startswith(var.name, "sg-")
    error_message = "Use 2 to 20 lower-case letters, digits and single hyphens, starting with a letter but not with `sg-`: RDS, Lambda and security groups accept no others."
  }
}

variable "aws_account_id" {
  description = "AWS account of this installation. If set, keys of another account are refused."
  type        = string
  default     = null

  validation {
    condition     = var.aws_account_id == null ? true : can(regex("^[0-9]{12}$", var.aws_account_id))
    error_message = "Use the 12 digits of an AWS account."
  }
}

variable "region" {
  description = "AWS region of the databases, the queue and the first origin."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "Use an AWS region, such as eu-central-1."
  }
}

variable "further_regions" {
  description = "Further AWS regions with an origin, which reach the databases through VPC peering. The order decides their address ranges, so only append."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for region in var.further_regions : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", region))])
    error_message = "Use AWS regions, such as us-east-1."
  }
  validation {
    condition     = length(distinct(concat([var.region], var.further_regions))) == 1 + length(var.further_regions)
    error_message = "List each region once, without the one in `region`."
  }
  validation {
    condition     = length(var.further_regions) <= 7
    error_message = "List seven at most: the address space is divided by eight."
  }
}

variable "network" {
  description = "Private IPv4 range, divided among up to eight regions. Choose one that no peered network uses."
  type        = string
  default     = "10.80.0.0/13"

  validation {
    condition     = can(cidrhost(var.network, 0)) && try(tonumber(split("/", var.network)[1]) <= 19, false)
    error_message = "Use an IPv4 range in CIDR notation, /19 or wider."
  }
}

variable "cloudflare_account_id" {
  description = "Cloudflare account of the Worker."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.cloudflare_account_id))
    error_message = "Use the 32 hexadecimal digits that the dashboard shows as the account's id."
  }
}

variable "domain" {
  description = "Host name of short links, in the zone of `cloudflare_zone_id`."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", var.domain))
    error_message = "Use a host name in lower case without scheme, port and final dot, such as go.example.com."
  }
}

variable "cloudflare_zone_id" {
  description = "Cloudflare zone of `domain`."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.cloudflare_zone_id))
    error_message = "Use the 32 hexadecimal digits that the dashboard shows as the zone's id."
  }
}

variable "further_domains" {
  description = "Further host names for short links, each with the id of its Cloudflare zone. Register each with `POST /api/v1/domains` before creating links on it."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for domain in keys(var.further_domains) : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", domain))])
    error_message = "Use host names in lower case, such as go.example.net."
  }
  validation {
    condition     = alltrue([for zone in values(var.further_domains) : can(regex("^[0-9a-f]{32}$", zone))])
    error_message = "Zone ids are 32 hexadecimal digits."
  }
  validation {
    condition     = !contains(keys(var.further_domains), var.domain)
    error_message = "Do not repeat `domain` here."
  }
}

variable "attach_worker_by" {
  description = "How the Worker gets the domains: `custom_domain` makes it the host's only server and creates the DNS record; `route` leaves the host's DNS and other routes to you."
  type        = string
  default     = "custom_domain"

  validation {
    condition     = contains(["custom_domain", "route"], var.attach_worker_by)
    error_message = "Use `custom_domain` or `route`."
  }
}

variable "database" {
  description = "The Postgres server for links, and for analytics unless `analytics_database` is set. `connections` is its max_connections, at most 110 per GB of memory. `reader` adds a replica for lists of links and tags, and for finding the links in statistics of a tag or domain; never for redirects."
  type = object({
    instance_class = optional(string, "db.t4g.medium")
    storage_gb     = optional(number, 50)
    max_storage_gb = optional(number, 500)
    connections    = optional(number, 400)
    multi_az       = optional(bool, true)
    backup_days    = optional(number, 14)
    reader         = optional(bool, false)
  })
  default = {}

  validation {
    condition     = startswith(var.database.instance_class, "db.")
    error_message = "Use an RDS class for `instance_class`, such as db.m7g.large."
  }
  validation {
    condition     = var.database.storage_gb >= 20 && var.database.max_storage_gb >= var.database.storage_gb * 1.1
    error_message = "Use at least 20 GB, and a maximum at least a tenth larger: RDS requires that for autoscaling."
  }
  validation {
    condition     = var.database.connections >= 100 && var.database.connections <= 5000
    error_message = "Use 100 (the functions' minimum) to 5000 connections."
  }
  validation {
    condition     = var.database.backup_days >= 7 && var.database.backup_days <= 35
    error_message = "Use 7 to 35 days of backups."
  }
}

variable "analytics_database" {
  description = "A separate Postgres server for analytics, so that clicks and statistics cannot slow down links; null uses one server for both."
  type = object({
    instance_class = optional(string, "db.t4g.medium")
    storage_gb     = optional(number, 100)
    max_storage_gb = optional(number, 2000)
    connections    = optional(number, 400)
    multi_az       = optional(bool, true)
    backup_days    = optional(number, 14)
  })
  default = null

  validation {
    condition     = try(startswith(var.analytics_database.instance_class, "db."), var.analytics_database == null)
    error_message = "Use an RDS class for `instance_class`, such as db.m7g.large."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.storage_gb >= 20 && var.analytics_database.max_storage_gb >= var.analytics_database.storage_gb * 1.1
    error_message = "Use at least 20 GB, and a maximum at least a tenth larger."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.connections >= 100 && var.analytics_database.connections <= 5000
    error_message = "Use 100 to 5000 connections."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.backup_days >= 7 && var.analytics_database.backup_days <= 35
    error_message = "Use 7 to 35 days of backups."
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
    condition     = var.origin.code_ceiling >= 1000000 && var.origin.code_ceiling <= 3521614606208
    error_message = "Use a million to 62^7 codes."
  }
}

variable "consumer" {
  description = "The click consumer: memory, maximum concurrent invocations, maximum messages per invocation, and how many seconds to wait for them. A message holds up to 100 clicks."
  type = object({
    memory_mb      = optional(number, 512)
    concurrency    = optional(number, 5)
    batch_size     = optional(number, 100)
    window_seconds = optional(number, 1)
  })
  default = {}

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

variable "failover_domain" {
  description = "Host name, in the zone of `cloudflare_zone_id`, of an HTTP API that redirects without Cloudflare's proxy; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.failover_domain == null ? true : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", var.failover_domain))
    error_message = "Use a host name in lower case, such as go-direct.example.com."
  }
  validation {
    condition     = var.failover_domain == null ? true : !contains(concat([var.domain], keys(var.further_domains)), var.failover_domain)
    error_message = "Use a name that is not one of the Worker's domains."
  }
}

variable "rate_limit_allow" {
  description = "Addresses and CIDR ranges that the edge never rate-limits, such as an office or a monitor."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for network in var.rate_limit_allow : can(cidrhost(network, 0)) || can(cidrhost("${network}/128", 0)) || can(cidrhost("${network}/32", 0))])
    error_message = "Use IP addresses or ranges in CIDR notation."
  }
}

variable "worker_vars" {
  description = "Overrides for variables of wrangler.toml, such as FALLBACK_URL, or PURGES_PER_MINUTE and PURGE_BURST on a paid plan."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.worker_vars) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "Use names from wrangler.toml, such as FALLBACK_URL."
  }
}

variable "alarm_emails" {
  description = "E-mail addresses for alarms. Each must confirm a message from AWS once per region."
  type        = list(string)

  validation {
    condition     = length(var.alarm_emails) > 0 && alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "Give at least one e-mail address, or nobody receives the alarms."
  }
}

variable "log_days" {
  description = "Days that logs are kept. They contain no addresses, keys, queries or destinations."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 545, 731], var.log_days)
    error_message = "Use 30, 60, 90, 180, 365, 400, 545 or 731: CloudWatch accepts no others."
  }
}

variable "generations" {
  description = "Generations of the rotating secrets, the current one first. To rotate, put the next number first, deploy, and then remove the old one; docs/runbook.md has the commands. Never reuse a number."
  type = object({
    edge_secret     = optional(list(number), [1])
    edge_access_key = optional(list(number), [1])
    database_login  = optional(list(number), [1])
    purge_token     = optional(list(number), [1])
    admin_key       = optional(number, 1)
  })
  default = {}

  validation {
    condition = alltrue([
      for list in [var.generations.edge_secret, var.generations.edge_access_key, var.generations.database_login, var.generations.purge_token] :
      contains([1, 2], length(list)) && length(distinct(list)) == length(list) && alltrue([for number in list : number >= 1 && floor(number) == number])
    ])
    error_message = "List one generation, or two during a rotation, as whole numbers from 1."
  }
}

variable "packages" {
  description = "Folder with the functions' zip files from `cargo xtask package`; read only when a function is created."
  type        = string
  default     = "../.shortline/packages"
}

variable "zone_settings" {
  description = "Whether to manage the zones' TLS and HTML settings. Set to false if a zone serves other hosts that need their own."
  type        = bool
  default     = true
}
