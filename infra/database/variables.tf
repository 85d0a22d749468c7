variable "name" {
  description = "Identifier of the server, and prefix of related names."
  type        = string
}

variable "account_id" {
  description = "The AWS account, for policies."
  type        = string
}

variable "partition" {
  description = "The AWS partition, for ARNs."
  type        = string
}

variable "region" {
  description = "The home region."
  type        = string
}

variable "database" {
  description = "The database created with the server."
  type        = string
}

variable "owner" {
  description = "The user that owns the schema."
  type        = object({ username = string, password = string })
  sensitive   = true
}

variable "settings" {
  description = "Like the root variable `database`."
  type = object({
    instance_class = string
    storage_gb     = number
    max_storage_gb = number
    connections    = number
    multi_az       = bool
    backup_days    = number
    postgres       = string
  })
}

variable "proxy_trust_names_account" {
  description = "Whether the proxy's role may be taken only for this account."
  type        = bool
}

variable "reader" {
  description = "Whether to create a read replica."
  type        = bool
}

variable "kms_key_arn" {
  description = "Key of the home region."
  type        = string
}

variable "log_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "network" {
  description = "The network and its private subnets."
  type        = object({ vpc_id = string, subnet_ids = list(string) })
}

variable "login_secret_arns" {
  description = "Secrets with the users and passwords that may log in to the proxy."
  type        = map(string)
}

variable "clients" {
  description = "Security groups that may reach the proxy."
  type        = map(string)
}

variable "client_cidrs" {
  description = "Networks of further regions that may reach the proxy."
  type        = map(string)
}

variable "direct_clients" {
  description = "Security groups that may reach the server directly."
  type        = map(string)
}
