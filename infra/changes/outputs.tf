output "connections" {
  description = "The connections of each server that functions may count on: a raise needs a restart first, while a reduction is kept at once."
  value       = { for server, settings in var.servers : server => min(settings.connections, terraform_data.connections[server].input) }
}
