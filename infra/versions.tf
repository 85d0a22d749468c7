# Which Terraform and providers, and where the state lies. Credentials come from the environment: those of the AWS SDK, and
# CLOUDFLARE_API_TOKEN.

terraform {
  # 1.11 locks the state in S3 without a table.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 6 gives every resource a `region`, so that several regions need one provider only.
      version = "~> 6.25"
    }
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.14"
    }
  }

  # `terraform init -backend-config=bucket=…`. The state holds the generated secrets: its bucket is private and encrypted.
  backend "s3" {
    key          = "shortline.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  # Where it is said: keys of another account get no further than this.
  allowed_account_ids = var.aws_account_id == null ? null : [var.aws_account_id]

  default_tags {
    tags = {
      application = var.name
      managed_by  = "terraform"
    }
  }
}

provider "cloudflare" {}
