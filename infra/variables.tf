# All options of an installation, except those of capacity (variables-capacity.tf). Fixed values stand where they are used.

locals {
  # https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
  regions_without_function_urls = [
    "ap-east-2", "ap-south-2", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2",
    "eu-south-2", "il-central-1", "me-central-1",
  ]
}

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
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region)) && !startswith(var.region, "cn-")
    error_message = "Use a region of the partition `aws`, such as eu-central-1. Those of China, GovCloud and the European Sovereign Cloud have other names for services, and nothing here was made for them."
  }
  validation {
    condition     = !contains(local.regions_without_function_urls, var.region)
    error_message = "${var.region} has no Lambda function URLs, which the edge calls. Choose one of the other regions."
  }
}

variable "further_regions" {
  description = "Further AWS regions with an origin, which reach the databases through VPC peering, each with its slot from 1 to 7: { us-east-1 = 1 }. The slot is the region's part of `network`; it never changes, and may be given to another region after this one is removed."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for region in keys(var.further_regions) : can(regex("^[a-z]{2}-[a-z]+-[0-9]$", region)) && !startswith(region, "cn-")])
    error_message = "Use regions of the partition `aws`, such as us-east-1. Those of China, GovCloud and the European Sovereign Cloud have other names for services, and nothing here was made for them."
  }
  validation {
    condition     = length(setintersection(local.regions_without_function_urls, keys(var.further_regions))) == 0
    error_message = "There are no Lambda function URLs, which the edge calls, in ${join(", ", setintersection(local.regions_without_function_urls, keys(var.further_regions)))}. Choose other regions."
  }
  validation {
    condition     = !contains(keys(var.further_regions), var.region)
    error_message = "Leave out ${var.region}: the one in `region` has the slot 0."
  }
  validation {
    condition     = alltrue([for slot in values(var.further_regions) : contains(range(1, 8), slot)])
    error_message = "Use a slot from 1 to 7: the address space is divided by eight, and `region` has the slot 0."
  }
  validation {
    condition     = length(distinct(values(var.further_regions))) == length(var.further_regions)
    error_message = "Give each region its own slot: two with the same slot would have the same addresses."
  }
}

variable "network" {
  description = "Private IPv4 range, divided among up to eight regions. Choose one that no peered network uses."
  type        = string
  default     = "10.80.0.0/13"

  validation {
    condition     = can(regex("^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+/1[3-9]$", var.network)) && can(cidrhost(var.network, 0))
    error_message = "Use an IPv4 range from /13 to /19, such as 10.80.0.0/13. A region gets an eighth of it, and AWS allows a network at most a /16; less than a /22 is too small for proxies and functions."
  }
  validation {
    condition     = try(cidrsubnet(var.network, 0, 0) == var.network, true)
    error_message = "Use the first address of the range: ${try(cidrsubnet(var.network, 0, 0), "")}."
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
  validation {
    condition     = length(var.domain) <= 64
    error_message = "Use at most 64 characters: certificates have no longer names."
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
    condition     = alltrue([for domain in keys(var.further_domains) : length(domain) <= 64])
    error_message = "Use at most 64 characters in each name: certificates have no longer names."
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

variable "failover_domain" {
  description = "Host name, in the zone of `cloudflare_zone_id`, of an HTTP API that redirects without Cloudflare's proxy; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.failover_domain == null ? true : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", var.failover_domain))
    error_message = "Use a host name in lower case, such as go-direct.example.com."
  }
  validation {
    condition     = try(length(var.failover_domain) <= 64, true)
    error_message = "Use at most 64 characters: certificates have no longer names."
  }
  validation {
    condition     = var.failover_domain == null ? true : !contains(concat([var.domain], keys(var.further_domains)), var.failover_domain)
    error_message = "Use a name that is not one of the Worker's domains."
  }
}

variable "dashboard_host" {
  description = "Host name of the dashboard, in the zone of `cloudflare_zone_id`. It has no links, so that no link shares an origin with a session; null for the default domain."
  type        = string
  default     = null

  validation {
    condition     = var.dashboard_host == null ? true : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9-]{2,63}$", var.dashboard_host))
    error_message = "Use a host name in lower case, such as links.example.com."
  }
  validation {
    condition     = try(length(var.dashboard_host) <= 64, true)
    error_message = "Use at most 64 characters: certificates have no longer names."
  }
  validation {
    condition     = var.dashboard_host == null ? true : !contains(concat([var.domain], keys(var.further_domains)), var.dashboard_host) && var.dashboard_host != var.failover_domain
    error_message = "Use a host name without links, or null for the default domain."
  }
}

variable "compatible_apis" {
  description = "Other shorteners' APIs that are served beside ours, for the clients of those: `shlink` at /rest/, `yourls` at /yourls-api.php. Calls have a key's rights."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.compatible_apis, ["shlink", "yourls"])) == 0
    error_message = "Name shlink, yourls, both or none."
  }
}

variable "allowed_schemes" {
  description = "Schemes of app links, which rules by operating system may lead to, such as mailto, tel, sms, intent, market or an app's own. http and https are always allowed, and what a browser would run never."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for scheme in var.allowed_schemes : can(regex("^[a-z][a-z0-9+.-]*$", scheme)) && !contains(["http", "https", "javascript", "data", "file", "blob", "vbscript"], scheme)])
    error_message = "Use schemes in lower case without a colon, such as tel. http and https are always allowed; javascript, data, file, blob and vbscript never."
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
  description = "Overrides for variables of wrangler.toml and wrangler-api.toml, such as FALLBACK_URL, or PURGES_PER_MINUTE and PURGE_BURST on a paid plan."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.worker_vars) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "Use names from wrangler.toml or wrangler-api.toml, such as FALLBACK_URL."
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

variable "raw_click_days" {
  description = "Days that raw clicks are kept, for their list, their export and statistics by several filters. Roll-ups are kept for ever."
  type        = number
  default     = 180

  validation {
    condition     = var.raw_click_days >= 30 && var.raw_click_days <= 730 && floor(var.raw_click_days) == var.raw_click_days
    error_message = "Use 30 to 730 days."
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
  validation {
    condition     = var.generations.admin_key >= 1 && floor(var.generations.admin_key) == var.generations.admin_key
    error_message = "Use a whole number from 1 for `admin_key`."
  }
}

variable "packages" {
  description = "Folder with the functions' zip files from `cargo xtask package`; read only when a function is created."
  type        = string
  default     = "../.shortline/packages"
}

variable "workarounds" {
  description = "Ways round what nobody has tried in an account yet; docs/deploying.md says how to see whether one is needed. `buffered_responses` answers whole instead of streaming, up to 6 MB. `proxy_trust_without_account` lets RDS Proxy take its role without naming the account."
  type = object({
    buffered_responses          = optional(bool, false)
    proxy_trust_without_account = optional(bool, false)
  })
  default = {}
}

variable "zone_settings" {
  description = "Whether to manage the zones' TLS and HTML settings. Set to false if a zone serves other hosts that need their own."
  type        = bool
  default     = true
}
