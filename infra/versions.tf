# Versions of Terraform and its providers, and the location of the state. Credentials come from the environment: the AWS SDK's variables
# and CLOUDFLARE_API_TOKEN.

terraform {
  # 1.11 locks the state in S3 without a table.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Version 6 gives every resource a `region`, so that several regions need only one provider.
      version = "~> 6.25"
    }
    cloudflare = {
      source = "cloudflare/cloudflare"
      # 5.19.0 and 5.19.1 cannot store the purge token of several zones.
      version = "~> 5.14, != 5.19.0, != 5.19.1"
    }
    random = {
      source = "hashicorp/random"
      # 3.5 has `random_bytes`.
      version = "~> 3.5"
    }
  }

  # Use `terraform init -backend-config=bucket=…`. The state holds the generated secrets, so its bucket must be private and encrypted.
  backend "s3" {
    key          = "shortline.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  # If set, keys of another account are refused here.
  allowed_account_ids = var.aws_account_id == null ? null : [var.aws_account_id]

  default_tags {
    tags = {
      application = var.name
      managed_by  = "terraform"
    }
  }
}

provider "cloudflare" {}
