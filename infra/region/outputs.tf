output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "network_cidr" {
  description = "Its address range."
  value       = aws_vpc.this.cidr_block
}

output "subnet_ids" {
  description = "Its private subnets, one in each of two zones."
  value       = values(aws_subnet.private)[*].id
}

output "route_table_id" {
  description = "Routes of the private subnets."
  value       = aws_route_table.private.id
}

output "kms_key_arn" {
  description = "Key of what lies in this region."
  value       = aws_kms_key.this.arn
}

output "alarm_topic_arn" {
  description = "Where alarms of this region go."
  value       = aws_sns_topic.alarms.arn
}

output "origin_security_group_id" {
  description = "Security group of the origin."
  value       = aws_security_group.origin.id
}
