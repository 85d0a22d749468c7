# Enables every option, so that checkov sees every resource.
region                = "eu-central-1"
domain                = "go.example.com"
cloudflare_account_id = "0123456789abcdef0123456789abcdef"
cloudflare_zone_id    = "fedcba9876543210fedcba9876543210"
alarm_emails          = ["ops@example.com"]
further_regions       = { us-west-2 = 1 }
further_domains       = { "go.example.net" = "00000000000000000000000000000001" }
analytics_database    = { connections = 200 }
database              = { reader = true }
failover_domain       = "go-direct.example.com"
dashboard_host        = "links.example.com"
compatible_apis       = ["shlink", "yourls"]
tracing               = "xray"
