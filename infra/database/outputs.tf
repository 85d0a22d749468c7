output "address" {
  description = "Host name of the server, without the proxy."
  value       = aws_db_instance.this.address
}

output "proxy_address" {
  description = "Host name of the proxy."
  value       = aws_db_proxy.this.endpoint
}

output "reader_address" {
  description = "Host name of the reader; null without one."
  value       = one(aws_db_instance.reader[*].address)
}

output "identifier" {
  description = "Identifier of the server, for alarms and the runbook."
  value       = aws_db_instance.this.identifier
}

output "proxy_name" {
  description = "Name of the proxy, for alarms."
  value       = aws_db_proxy.this.name
}
