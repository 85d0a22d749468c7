variable "name" {
  description = "Identifier of the server, prefix of what belongs to it."
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
  description = "The database that it is created with."
  type        = string
}

variable "owner" {
  description = "Who owns the schema."
  type        = object({ username = string, password = string })
  sensitive   = true
}

variable "settings" {
  description = "As the root's variable for it."
  type = object({
    instance_class = string
    storage_gb     = number
    max_storage_gb = number
    connections    = number
    multi_az       = bool
    backup_days    = number
  })
}

variable "reader" {
  description = "Whether it has a read replica."
  type        = bool
}

variable "kms_key_arn" {
  description = "Key of the home region."
  type        = string
}

variable "log_days" {
  description = "Days that its logs are kept."
  type        = number
}

variable "network" {
  description = "The network and its private subnets."
  type        = object({ vpc_id = string, subnet_ids = list(string) })
}

variable "login_secret_arns" {
  description = "Secrets with user and password of those whom the proxy lets in."
  type        = map(string)
}

variable "clients" {
  description = "Security groups that reach the proxy."
  type        = map(string)
}

variable "client_cidrs" {
  description = "Networks of further regions that reach the proxy."
  type        = map(string)
}

variable "direct_clients" {
  description = "Security groups that reach the server itself."
  type        = map(string)
}
