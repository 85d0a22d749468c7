//! Whether the bucket of Terraform's state, which holds every secret, is versioned, encrypted and private.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::finding::Findings;
use super::look::{Looked, aws};
use crate::deploy::cloud::Cloud;

/// Written by `terraform init`.
const BACKEND: &str = ".terraform/terraform.tfstate";

const NO_BUCKET: &str = "NoSuchBucket";

struct Bucket {
    name: String,
    region: String,
}

/// What the state's bucket answers.
struct Answers {
    versioning: Looked,
    encryption: Looked,
    access_block: Looked,
}

/// Returns whether there is a bucket.
pub(super) fn check(cloud: &mut dyn Cloud, infra: &Path, findings: &mut Findings) -> Result<bool> {
    let Some(bucket) = std::fs::read_to_string(infra.join(BACKEND)).ok().as_deref().and_then(Bucket::parse)
    else {
        findings.problem(
            "infra/ does not know the bucket of Terraform's state",
            "terraform -chdir=infra init -backend-config=bucket=MY-STATE -backend-config=region=MY-REGION",
        );
        return Ok(false);
    };
    let mut look = |action| aws(cloud, &bucket.region, &["s3api", action, "--bucket", &bucket.name]);
    let answers = Answers {
        versioning: look("get-bucket-versioning")?,
        encryption: look("get-bucket-encryption")?,
        access_block: look("get-public-access-block")?,
    };
    findings.add(judge(&bucket, &answers));
    Ok(!answers.versioning.is_missing(&[NO_BUCKET]))
}

impl Bucket {
    fn parse(state: &str) -> Option<Self> {
        let state: Value = serde_json::from_str(state).ok()?;
        let config = state.pointer("/backend/config")?;
        Some(Self {
            name: config.get("bucket")?.as_str()?.to_owned(),
            region: config.get("region")?.as_str()?.to_owned(),
        })
    }
}

fn judge(bucket: &Bucket, answers: &Answers) -> Findings {
    let mut findings = Findings::default();
    let Bucket { name, region } = bucket;
    if answers.versioning.is_missing(&[NO_BUCKET]) {
        findings.problem(
            format!("there is no bucket {name} for Terraform's state"),
            format!("aws s3 mb s3://{name} --region {region}"),
        );
        return findings;
    }
    let mut require = |(check, lack): (&str, &str),
                       answer: &Looked,
                       missing: &str,
                       is_fine: fn(&Value) -> bool,
                       remedy: String| {
        match answer {
            Looked::Found(value) if is_fine(value) => {}
            Looked::Failed { message, .. } if !answer.is_missing(&[missing]) => {
                findings.skip(format!("whether the state's bucket {name} {check}"), message);
            }
            _ => findings.problem(format!("the bucket of Terraform's state, {name}, {lack}"), remedy),
        }
    };
    require(
        ("keeps versions", "keeps no versions"),
        &answers.versioning,
        "",
        |value| value.get("Status").and_then(Value::as_str) == Some("Enabled"),
        format!(
            "aws s3api put-bucket-versioning --region {region} --bucket {name} --versioning-configuration Status=Enabled"
        ),
    );
    require(
        ("is encrypted", "is not encrypted"),
        &answers.encryption,
        "ServerSideEncryptionConfigurationNotFoundError",
        |value| {
            let rules = value.pointer("/ServerSideEncryptionConfiguration/Rules").and_then(Value::as_array);
            rules.is_some_and(|rules| {
                rules
                    .iter()
                    .any(|rule| rule.pointer("/ApplyServerSideEncryptionByDefault/SSEAlgorithm").is_some())
            })
        },
        format!(
            "aws s3api put-bucket-encryption --region {region} --bucket {name} --server-side-encryption-configuration \
             '{{\"Rules\":[{{\"ApplyServerSideEncryptionByDefault\":{{\"SSEAlgorithm\":\"AES256\"}}}}]}}'"
        ),
    );
    require(
        ("is private", "may become public"),
        &answers.access_block,
        "NoSuchPublicAccessBlockConfiguration",
        |value| {
            ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"].iter().all(
                |name| {
                    value.pointer(&format!("/PublicAccessBlockConfiguration/{name}"))
                        == Some(&Value::Bool(true))
                },
            )
        },
        format!(
            "aws s3api put-public-access-block --region {region} --bucket {name} --public-access-block-configuration \
             BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
        ),
    );
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::look::missing;
    use super::*;

    fn bucket() -> Bucket {
        let state = json!({ "version": 3, "backend": { "type": "s3", "config": { "bucket": "my-state", "region": "eu-central-1", "key": "shortline.tfstate" }, "hash": 7 } });
        Bucket::parse(&state.to_string()).unwrap()
    }

    fn private() -> Answers {
        Answers {
            versioning: Looked::Found(json!({ "Status": "Enabled" })),
            encryption: Looked::Found(json!({ "ServerSideEncryptionConfiguration": { "Rules": [
                { "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": false }
            ] } })),
            access_block: Looked::Found(json!({ "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true
            } })),
        }
    }

    #[test]
    fn private_versioned_bucket_is_fine() {
        assert_eq!(judge(&bucket(), &private()), Findings::default());
    }

    #[test]
    fn every_weakness_of_the_bucket_is_named_with_its_command() {
        let answers = Answers {
            // The answer of a bucket that never had versioning.
            versioning: Looked::Found(Value::Null),
            encryption: missing("ServerSideEncryptionConfigurationNotFoundError"),
            access_block: missing("NoSuchPublicAccessBlockConfiguration"),
        };
        let remedies: Vec<_> =
            judge(&bucket(), &answers).problems.into_iter().map(|found| found.remedy).collect();
        for (remedy, command) in
            remedies.iter().zip(["put-bucket-versioning", "put-bucket-encryption", "put-public-access-block"])
        {
            assert!(remedy.contains(command) && remedy.contains("--bucket my-state"), "{remedy}");
        }
        assert_eq!(remedies.len(), 3);
        let half = json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": true } });
        let answers = Answers { access_block: Looked::Found(half), ..private() };
        assert!(judge(&bucket(), &answers).to_string().contains("may become public"));
    }

    #[test]
    fn missing_bucket_and_missing_permission_differ() {
        let answers = Answers { versioning: missing("NoSuchBucket"), ..private() };
        assert!(
            judge(&bucket(), &answers).to_string().contains("aws s3 mb s3://my-state --region eu-central-1")
        );
        let answers = Answers { encryption: missing("AccessDenied"), ..private() };
        let findings = judge(&bucket(), &answers);
        assert!(findings.problems.is_empty() && findings.skipped.len() == 1, "{findings}");
    }
}
