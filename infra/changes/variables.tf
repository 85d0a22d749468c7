variable "plan_time" {
  description = "The time of this plan."
  type        = string
}

variable "networks" {
  description = "Address range of each region."
  type        = map(string)
}

variable "generations" {
  description = "Generations of each rotating secret, the current one first."
  type        = map(list(number))
}

variable "servers" {
  description = "Settings of each database server that RDS changes later, or after a restart."
  type = map(object({
    instance_class = string
    storage_gb     = number
    multi_az       = bool
    postgres       = string
    connections    = number
  }))
}

variable "analytics_server" {
  description = "The server that has the clicks."
  type        = string
}

variable "reader" {
  description = "Whether there is a reader, and whether the next versions of the functions use it."
  type        = object({ exists = bool, is_in_use = bool })
}

variable "has_failover" {
  description = "Whether there is an HTTP API for redirects without Cloudflare."
  type        = bool
}

variable "attach_worker_by" {
  description = "Like the root variable."
  type        = string
}

variable "domains" {
  description = "Hosts of short links."
  type        = list(string)
}
