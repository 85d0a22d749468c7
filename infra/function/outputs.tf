output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "alias_name" {
  description = "Name of the alias that all callers use."
  value       = aws_lambda_alias.live.name
}

output "alias_arn" {
  description = "ARN of the alias `live`."
  value       = aws_lambda_alias.live.arn
}

output "alias_invoke_arn" {
  description = "Invocation ARN of the alias, for API Gateway."
  value       = aws_lambda_alias.live.invoke_arn
}

output "log_group" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_policies" {
  description = "All policies of the role as JSON, for tests."
  value       = concat([aws_iam_role_policy.log.policy, aws_iam_role_policy.network.policy], aws_iam_role_policy.task[*].policy)
}

output "reserved_concurrency" {
  description = "Maximum number of instances; -1 for the account's limit."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}
