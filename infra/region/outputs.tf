output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}

output "network_cidr" {
  description = "Address range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "subnet_ids" {
  description = "Private subnets, one in each of two zones."
  value       = values(aws_subnet.private)[*].id
}

output "route_table_id" {
  description = "Route table of the private subnets."
  value       = aws_route_table.private.id
}

output "alarm_topic_arn" {
  description = "Topic for alarms of this region."
  value       = aws_sns_topic.alarms.arn
}

output "origin_security_group_id" {
  description = "Security group of the origin."
  value       = aws_security_group.origin.id
}
