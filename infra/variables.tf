# Everything that may differ between two installations. What is not here is decided where it is used.

variable "name" {
  description = "Prefix of every resource's name, and the Worker's name; two installations in one account need two."
  type        = string
  default     = "shortline"

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,19}$", var.name)) && length(var.name) <= 20 && !startswith(var.name, "sg-")
    error_message = "2 to 20 lower-case letters, digits and single hyphens between them, a letter first, and not `sg-`: RDS, Lambda and security groups take no others."
  }
}

variable "aws_account_id" {
  description = "AWS account of this installation; where it is said, nothing is planned with keys of another one."
  type        = string
  default     = null

  validation {
    condition     = var.aws_account_id == null ? true : can(regex("^[0-9]{12}$", var.aws_account_id))
    error_message = "The 12 digits of an AWS account."
  }
}

variable "region" {
  description = "AWS region of the databases, the queue and the first origin."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "An AWS region, such as eu-central-1."
  }
}

variable "further_regions" {
  description = "AWS regions with an origin of their own, which reach the databases through a peering of the networks. Order matters: it decides their address ranges, so append."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for region in var.further_regions : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", region))])
    error_message = "AWS regions, such as us-east-1."
  }
  validation {
    condition     = length(distinct(concat([var.region], var.further_regions))) == 1 + length(var.further_regions)
    error_message = "Each region once, and not the one in `region`."
  }
  validation {
    condition     = length(var.further_regions) <= 7
    error_message = "Seven at most: the address space is divided by eight."
  }
}

variable "network" {
  description = "Private IPv4 range that is divided among the regions, eight at most. Choose one that nothing else you peer with uses."
  type        = string
  default     = "10.80.0.0/13"

  validation {
    condition     = can(cidrhost(var.network, 0)) && try(tonumber(split("/", var.network)[1]) <= 19, false)
    error_message = "An IPv4 range in CIDR notation, /19 or wider."
  }
}

variable "cloudflare_account_id" {
  description = "Cloudflare account that the Worker runs in."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.cloudflare_account_id))
    error_message = "The 32 hexadecimal digits that the dashboard shows as the account's id."
  }
}

variable "domain" {
  description = "Host name that short links live under, in the zone of `cloudflare_zone_id`."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", var.domain))
    error_message = "A host name in lower case without scheme, port and final dot, such as go.example.com."
  }
}

variable "cloudflare_zone_id" {
  description = "Cloudflare zone that `domain` belongs to."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.cloudflare_zone_id))
    error_message = "The 32 hexadecimal digits that the dashboard shows as the zone's id."
  }
}

variable "further_domains" {
  description = "Other host names for short links, each with the id of its Cloudflare zone. The API learns of each by `POST /api/v1/domains`: until then no link can be made on it."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for domain in keys(var.further_domains) : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", domain))])
    error_message = "Host names in lower case, such as go.example.net."
  }
  validation {
    condition     = alltrue([for zone in values(var.further_domains) : can(regex("^[0-9a-f]{32}$", zone))])
    error_message = "Zone ids are 32 hexadecimal digits."
  }
  validation {
    condition     = !contains(keys(var.further_domains), var.domain)
    error_message = "`domain` is not repeated here."
  }
}

variable "attach_worker_by" {
  description = "How the Worker gets the domains: `custom_domain` makes it the host's only server and creates the DNS record; `route` leaves DNS and other paths of the host to you."
  type        = string
  default     = "custom_domain"

  validation {
    condition     = contains(["custom_domain", "route"], var.attach_worker_by)
    error_message = "`custom_domain` or `route`."
  }
}

variable "database" {
  description = "The Postgres server of the links, and of the analytics too unless `analytics_database` is set. `connections` is its max_connections: 110 for each GB of memory at most. The reader serves lists of links and tags, and which links statistics of a tag or domain are of; never redirects."
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
    error_message = "instance_class is an RDS class, such as db.m7g.large."
  }
  validation {
    condition     = var.database.storage_gb >= 20 && var.database.max_storage_gb >= var.database.storage_gb * 1.1
    error_message = "At least 20 GB, and a tenth more to grow to: less is no autoscaling to RDS."
  }
  validation {
    condition     = var.database.connections >= 100 && var.database.connections <= 5000
    error_message = "From 100 (what the functions need at least) to 5000 connections."
  }
  validation {
    condition     = var.database.backup_days >= 7 && var.database.backup_days <= 35
    error_message = "7 to 35 days of backups."
  }
}

variable "analytics_database" {
  description = "A second Postgres server for the analytics, so that clicks and statistics cannot slow links down; null keeps both on one."
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
    error_message = "instance_class is an RDS class, such as db.m7g.large."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.storage_gb >= 20 && var.analytics_database.max_storage_gb >= var.analytics_database.storage_gb * 1.1
    error_message = "At least 20 GB, and a tenth more to grow to."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.connections >= 100 && var.analytics_database.connections <= 5000
    error_message = "From 100 to 5000 connections."
  }
  validation {
    condition     = var.analytics_database == null ? true : var.analytics_database.backup_days >= 7 && var.analytics_database.backup_days <= 35
    error_message = "7 to 35 days of backups."
  }
}

variable "origin" {
  description = "The origin's functions, in each region: memory, the most instances (fewer where the databases' connections allow no more), instances kept warm, and the most codes ever issued."
  type = object({
    memory_mb               = optional(number, 512)
    max_concurrency         = optional(number, 200)
    provisioned_concurrency = optional(number, 0)
    code_ceiling            = optional(number, 1000000000)
  })
  default = {}

  validation {
    condition     = var.origin.memory_mb >= 128 && var.origin.memory_mb <= 3008
    error_message = "128 to 3008 MB."
  }
  validation {
    condition     = var.origin.max_concurrency >= 2
    error_message = "At least 2: one instance and the canary's."
  }
  validation {
    condition     = var.origin.provisioned_concurrency >= 0
    error_message = "0 is none."
  }
  validation {
    condition     = var.origin.code_ceiling >= 1000000 && var.origin.code_ceiling <= 3521614606208
    error_message = "From a million to 62^7 codes."
  }
}

variable "consumer" {
  description = "The click consumer: the most invocations at once, messages for one at most, and the seconds that it waits for them. A message holds up to 100 clicks."
  type = object({
    memory_mb      = optional(number, 512)
    concurrency    = optional(number, 5)
    batch_size     = optional(number, 100)
    window_seconds = optional(number, 1)
  })
  default = {}

  validation {
    condition     = var.consumer.memory_mb >= 128 && var.consumer.memory_mb <= 3008
    error_message = "128 to 3008 MB."
  }
  validation {
    condition     = var.consumer.concurrency >= 2 && var.consumer.concurrency <= 50
    error_message = "2 (the least that an event source mapping takes) to 50."
  }
  validation {
    condition     = var.consumer.batch_size >= 1 && var.consumer.batch_size <= 1000
    error_message = "1 to 1000 messages: 100,000 clicks in a transaction at most."
  }
  validation {
    condition     = var.consumer.window_seconds >= 1 && var.consumer.window_seconds <= 60
    error_message = "1 to 60 seconds; a batch of more than ten messages needs at least one."
  }
}

variable "reserve_concurrency" {
  description = "Reserves each function's instances in the account. False only where the account's quota is too small for that (a new account's is 10): then the quota itself is the limit."
  type        = bool
  default     = true
}

variable "failover_domain" {
  description = "Host name of an HTTP API that redirects without Cloudflare's proxy, as the default domain does with it, in the zone of `cloudflare_zone_id`; null is none."
  type        = string
  default     = null

  validation {
    condition     = var.failover_domain == null ? true : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", var.failover_domain))
    error_message = "A host name in lower case, such as go-direct.example.com."
  }
  validation {
    condition     = var.failover_domain == null ? true : !contains(concat([var.domain], keys(var.further_domains)), var.failover_domain)
    error_message = "A name of its own, not one of the Worker's."
  }
}

variable "rate_limit_allow" {
  description = "Addresses and CIDR networks that the edge never limits, such as an office or a monitor."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for network in var.rate_limit_allow : can(cidrhost(network, 0)) || can(cidrhost("${network}/128", 0)) || can(cidrhost("${network}/32", 0))])
    error_message = "Addresses or networks in CIDR notation."
  }
}

variable "worker_vars" {
  description = "Other values for the variables of wrangler.toml, such as FALLBACK_URL, or PURGES_PER_MINUTE and PURGE_BURST on a paid plan."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.worker_vars) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "Names as wrangler.toml has them, such as FALLBACK_URL."
  }
}

variable "alarm_emails" {
  description = "Addresses that alarms go to. Each has to confirm a message from AWS once for each region."
  type        = list(string)

  validation {
    condition     = length(var.alarm_emails) > 0 && alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "At least one e-mail address: an alarm that nobody hears is none."
  }
}

variable "log_days" {
  description = "Days that logs are kept. They hold no address, key, query or destination."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 180, 365, 400, 545, 731], var.log_days)
    error_message = "30, 60, 90, 180, 365, 400, 545 or 731: CloudWatch knows no others."
  }
}

variable "generations" {
  description = "Generations of the secrets that rotate, the one in use first. A rotation names the next number before the old one, deploys, and then leaves the old one out; docs/runbook.md has the commands. A number is never used again."
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
    error_message = "One generation, or two while one replaces the other: whole numbers from 1."
  }
}

variable "packages" {
  description = "Folder with the functions' zips, as `cargo xtask package` leaves them; read once, when a function is created."
  type        = string
  default     = "../.shortline/packages"
}

variable "zone_settings" {
  description = "Whether the zones' TLS and HTML settings are ours to set. False where a zone serves other hosts that must keep theirs."
  type        = bool
  default     = true
}
