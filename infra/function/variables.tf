variable "name" {
  description = "Name of the function, its log and its role."
  type        = string
}

variable "description" {
  description = "What it is for, in a line."
  type        = string
}

variable "region" {
  description = "Region that it runs in."
  type        = string
}

variable "partition" {
  description = "The AWS partition, for ARNs."
  type        = string
}

variable "package" {
  description = "Path of its first zip."
  type        = string
}

variable "memory_mb" {
  description = "Memory; CPU grows with it."
  type        = number
}

variable "timeout_seconds" {
  description = "After this Lambda ends an invocation."
  type        = number
}

variable "reserved_concurrency" {
  description = "Instances at most; -1 is what the account allows."
  type        = number
}

variable "provisioned_concurrency" {
  description = "Instances kept warm behind `live`."
  type        = number
  default     = 0
}

variable "kms_key_arn" {
  description = "Key of its region, for environment and log."
  type        = string
}

variable "environment" {
  description = "Variables. They hold secrets: whoever may not use the key cannot read them."
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
  description = "Days that its log is kept."
  type        = number
}

variable "statements" {
  description = "What its code may do, as IAM statements."
  type        = any
  default     = []
}
