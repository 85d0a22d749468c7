variable "name" {
  description = "Name of the function, its log group and its role."
  type        = string
}

variable "description" {
  description = "Description of the function, in one line."
  type        = string
}

variable "region" {
  description = "Region of the function."
  type        = string
}

variable "partition" {
  description = "The AWS partition, for ARNs."
  type        = string
}

variable "package" {
  description = "Path of the initial zip file."
  type        = string
}

variable "memory_mb" {
  description = "Memory in MB; CPU grows with it."
  type        = number
}

variable "timeout_seconds" {
  description = "Time limit of an invocation."
  type        = number
}

variable "reserved_concurrency" {
  description = "Maximum number of instances; -1 for the account's limit."
  type        = number
}

variable "provisioned_concurrency" {
  description = "Instances kept warm behind `live`."
  type        = number
  default     = 0
}

variable "kms_key_arn" {
  description = "Key of the region, for environment and log."
  type        = string
}

variable "environment" {
  description = "Environment variables. They hold secrets, which are readable only with access to the key."
  type        = map(string)
  sensitive   = true
}

variable "network" {
  description = "Private subnets and security groups."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
}

variable "log_days" {
  description = "Days that the log is kept."
  type        = number
}

variable "statements" {
  description = "Permissions of the code, as IAM statements."
  type        = any
  default     = []
}
