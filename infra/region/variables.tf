variable "name" {
  description = "Prefix of every resource's name."
  type        = string
}

variable "region" {
  description = "The region."
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

variable "network_cidr" {
  description = "Address range of the VPC."
  type        = string
}

variable "database_cidr" {
  description = "Address range of the databases."
  type        = string
}

variable "kms_key_arn" {
  description = "Key for data at rest in this region."
  type        = string
}

variable "log_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "alarm_emails" {
  description = "E-mail addresses for alarms."
  type        = list(string)
}
