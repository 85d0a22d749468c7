//! Each fault that the preflight looks for, planted one at a time: the message, what mends it, the exit code, and that nothing
//! was changed.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::rig::http::Response;
use crate::rig::{Rig, aws, cloudflare, remembered};

/// An answer to an action, and what the report must contain.
struct Fault {
    action: &'static str,
    /// The AWS CLI's name of the action, which is called anew; empty at Cloudflare.
    call: &'static str,
    answer: Response,
    problem: &'static str,
    remedy: &'static str,
}

fn fault(
    (action, call): (&'static str, &'static str),
    answer: Response,
    problem: &'static str,
    remedy: &'static str,
) -> Fault {
    Fault { action, call, answer, problem, remedy }
}

fn rig(fresh: &str) -> Rig {
    let mut rig = Rig::new(None);
    rig.set("RIG_REMEMBERED", remembered().to_str().unwrap());
    rig.set("RIG_FAULTS", fresh);
    rig
}

/// Exactly this problem is found.
fn check(faults: Vec<Fault>) {
    for Fault { action, call, answer, problem, remedy } in faults {
        let rig = rig(call);
        rig.plant(action, answer);
        let run = rig.deploy(&["--preflight"]);
        assert_eq!(run.code, Some(1), "{action}: {}", run.output);
        for words in [problem, remedy, "preflight found a problem; nothing was changed"] {
            assert!(run.output.contains(words), "{action}: no {words:?} in {}", run.output);
        }
        assert!(!run.output.contains("Not checked"), "{action}: {}", run.output);
        assert!(
            rig.state().calls.contains(&action.to_owned()),
            "{action} was not called: {:?}",
            rig.state().calls
        );
        assert_eq!(rig.writes(), Vec::<String>::new(), "{action}");
    }
}

#[test]
fn healthy_account_passes_and_everything_is_read() {
    let calls = std::fs::read_to_string(remembered().join("calls")).unwrap();
    for action in [
        "GetCallerIdentity",
        "GetAccountSettings",
        "DescribeOrderableDBInstanceOptions",
        "/accounts/A/tokens/verify",
        "/zones/Z/dns_records?type=CAA&per_page=1000",
    ] {
        assert!(calls.lines().any(|call| call == action), "no {action} in {calls}");
    }
}

#[test]
fn account_without_room_is_refused() {
    check(vec![
        fault(
            ("GetAccountSettings", "get-account-settings"),
            aws::account_settings(10),
            "Lambda in eu-central-1 may run 10 instances",
            "reserve_concurrency = false",
        ),
        fault(
            ("DescribeRegions", "describe-regions"),
            aws::regions("not-opted-in"),
            "has not enabled the region eu-central-1",
            "aws account enable-region --region-name eu-central-1",
        ),
    ]);
    // Without credentials nothing else is looked at.
    let rig = rig("get-caller-identity");
    rig.plant("GetCallerIdentity", aws::xml_error(403, "InvalidClientTokenId"));
    let run = rig.deploy(&["--preflight"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.output.contains("AWS does not accept the credentials") && run.output.contains("Not checked"),
        "{}",
        run.output
    );
}

#[test]
fn database_that_aws_does_not_sell_is_refused() {
    let both = ["eu-central-1a", "eu-central-1b"];
    check(vec![
        fault(
            ("GetRole", "get-role"),
            aws::xml_error(404, "NoSuchEntity"),
            "its service-linked role is missing",
            "aws iam create-service-linked-role --aws-service-name rds.amazonaws.com",
        ),
        fault(
            ("DescribeDBEngineVersions", "describe-db-engine-versions"),
            aws::xml("DescribeDBEngineVersions", "<DBEngineVersions/>"),
            "RDS in eu-central-1 has no postgres 18",
            "aws rds describe-db-engine-versions --region eu-central-1",
        ),
        fault(
            ("DescribeOrderableDBInstanceOptions", "describe-orderable-db-instance-options"),
            aws::orderable(&both[..1], true),
            "for shortline-links, in eu-central-1b",
            "set another `instance_class`",
        ),
        fault(
            ("DescribeOrderableDBInstanceOptions", "describe-orderable-db-instance-options"),
            aws::orderable(&both, false),
            "for shortline-links, as Multi-AZ",
            "multi_az = false",
        ),
        fault(
            ("DescribeAvailabilityZones", "describe-availability-zones"),
            aws::zones("available", "use1-az3"),
            "RDS Proxy does not exist in eu-central-1b (use1-az3)",
            "choose other zones",
        ),
        fault(
            ("DescribeAvailabilityZones", "describe-availability-zones"),
            aws::zones("impaired", "euc1-az3"),
            "the zone eu-central-1b of shortline-links is impaired",
            "choose other zones",
        ),
        fault(
            ("DescribeVpcEndpointServices", "describe-vpc-endpoint-services"),
            aws::endpoint(&both[..1]),
            "the endpoint com.amazonaws.eu-central-1.sqs does not exist in eu-central-1b",
            "choose another `region`",
        ),
        fault(
            ("DescribeVpcEndpointServices", "describe-vpc-endpoint-services"),
            aws::ec2_error(400, "InvalidServiceName"),
            "eu-central-1 has no endpoint com.amazonaws.eu-central-1.sqs",
            "choose another `region`",
        ),
    ]);
}

#[test]
fn names_of_an_earlier_installation_are_refused() {
    let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shortline/code-key-a1B2c3";
    let secret = |deleted| {
        aws::json(
            &json!({ "SecretList": [{ "ARN": arn, "Name": "shortline/code-key", "DeletedDate": deleted }] })
                .to_string(),
        )
    };
    check(vec![
        fault(
            ("ListSecrets", "list-secrets"),
            secret(Some(1_764_000_000)),
            "the secret shortline/code-key of an earlier installation in eu-central-1 is scheduled for deletion",
            "aws secretsmanager restore-secret --region eu-central-1 --secret-id shortline/code-key",
        ),
        fault(
            ("ListSecrets", "list-secrets"),
            secret(None),
            "the secret shortline/code-key exists in eu-central-1, but not in Terraform's state",
            "terraform -chdir=infra import 'aws_secretsmanager_secret.generated[\"code-key\"]'",
        ),
        fault(
            ("DescribeDBSnapshots", "describe-db-snapshots"),
            aws::xml(
                "DescribeDBSnapshots",
                "<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>shortline-links-final</DBSnapshotIdentifier></DBSnapshot></DBSnapshots>",
            ),
            "the final snapshot shortline-links-final of an earlier installation exists",
            "aws rds copy-db-snapshot --region eu-central-1",
        ),
        fault(
            ("DescribeLogGroups", "describe-log-groups"),
            aws::json("{\"logGroups\":[{\"logGroupName\":\"/aws/lambda/shortline-migrate\"}]}"),
            "the log group /aws/lambda/shortline-migrate of an earlier installation exists",
            "aws logs delete-log-group --region eu-central-1 --log-group-name /aws/lambda/shortline-migrate",
        ),
    ]);
}

#[test]
fn state_bucket_that_is_not_safe_is_refused() {
    check(vec![
        fault(
            ("GetBucketVersioning", "get-bucket-versioning"),
            Response::new(200, "application/xml", "<VersioningConfiguration/>"),
            "the bucket of Terraform's state, my-state, keeps no versions",
            "aws s3api put-bucket-versioning --region eu-central-1 --bucket my-state",
        ),
        fault(
            ("GetBucketEncryption", "get-bucket-encryption"),
            aws::s3_error(404, "ServerSideEncryptionConfigurationNotFoundError"),
            "is not encrypted",
            "aws s3api put-bucket-encryption",
        ),
        fault(
            ("GetPublicAccessBlock", "get-public-access-block"),
            aws::access_block(false),
            "may become public",
            "aws s3api put-public-access-block",
        ),
    ]);
    let no_bucket = rig("get-bucket-versioning");
    no_bucket.plant("GetBucketVersioning", aws::s3_error(404, "NoSuchBucket"));
    let run = no_bucket.deploy(&["--preflight"]);
    assert!(
        run.code == Some(1) && run.output.contains("aws s3 mb s3://my-state --region eu-central-1"),
        "{}",
        run.output
    );
    let no_backend = rig("");
    std::fs::remove_dir_all(no_backend.folder.join("infra/.terraform")).unwrap();
    let run = no_backend.deploy(&["--preflight"]);
    assert!(
        run.code == Some(1) && run.output.contains("terraform -chdir=infra init -backend-config"),
        "{}",
        run.output
    );
    assert!(no_bucket.writes().is_empty() && no_backend.writes().is_empty());
}

#[test]
fn cloudflare_that_does_not_fit_is_refused() {
    let record = |kind: &str, content: &str| {
        let record = json!({ "id": "r1", "name": "go.example.com", "type": kind, "content": content, "proxied": true });
        cloudflare::success(&json!([record]))
    };
    let caa = json!([{ "id": "c1", "name": "example.com", "type": "CAA", "content": "0 issue \"letsencrypt.org\"",
        "data": { "flags": 0, "tag": "issue", "value": "letsencrypt.org" } }]);
    check(vec![
        fault(
            ("/accounts/A/tokens/verify", ""),
            cloudflare::failure(401, 1000, "Invalid API Token"),
            "Cloudflare does not accept CLOUDFLARE_API_TOKEN as a token of the account",
            "create a token of the account",
        ),
        fault(
            ("/accounts/A/tokens/ed17574386854bf78a67040be0a770b0", ""),
            cloudflare::token(&["Workers Routes Write", "Zone Settings Write"]),
            "Cloudflare's token lacks permissions: DNS Write for the zone fedcba9876543210fedcba9876543210",
            "edit the token",
        ),
        fault(
            ("/zones/Z", ""),
            cloudflare::zone("another.com", "active"),
            "is another.com, which go.example.com, go-direct.example.com do not belong to",
            "set the ids of their zones",
        ),
        fault(
            ("/zones/Z", ""),
            cloudflare::zone("example.com", "pending"),
            "the zone example.com is pending",
            "name servers",
        ),
        fault(
            ("/zones/Z/dns_records?name=go.example.com", ""),
            record("A", "192.0.2.1"),
            "go.example.com has a DNS record already: A 192.0.2.1",
            "attach_worker_by = \"route\"",
        ),
        fault(
            ("/accounts/A/workers/scripts", ""),
            cloudflare::success(&json!([{ "id": "shortline" }])),
            "Cloudflare has a Worker shortline already",
            "set another `name`",
        ),
        fault(
            ("/accounts/A/storage/kv/namespaces?per_page=1000", ""),
            cloudflare::success(&json!([{ "id": "1", "title": "shortline-links" }])),
            "Cloudflare has a KV namespace shortline-links already",
            "set another `name`",
        ),
        fault(
            ("/zones/Z/dns_records?type=CAA&per_page=1000", ""),
            cloudflare::success(&caa),
            "a CAA record of example.com forbids Amazon to issue certificates for go.example.com, go-direct.example.com",
            "example.com CAA 0 issue \"amazon.com\"",
        ),
    ]);
}

#[test]
fn program_that_is_too_old_is_refused() {
    for (program, prints, problem) in [
        ("terraform", "{\"terraform_version\": \"1.10.5\"}", "Terraform 1.10.5 is too old"),
        (
            "aws",
            "aws-cli/2.12.0 Python/3.11.4 Linux/6.1 exe/x86_64.debian.12",
            "the AWS CLI 2.12.0 is too old",
        ),
        ("aws", "aws-cli/1.18.69 Python/3.8.10 Linux/5.4 botocore/1.16.19", "the AWS CLI 1.18.69 is too old"),
        ("node", "v20.19.0", "Node 20.19.0 is too old"),
    ] {
        let rig = rig("");
        let file = rig.folder.join("bin").join(program);
        let _ = std::fs::remove_file(&file);
        std::fs::write(&file, format!("#!/bin/sh\necho '{prints}'\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let run = rig.deploy(&["--preflight"]);
        assert_eq!(run.code, Some(1), "{}", run.output);
        assert!(run.output.contains(problem) && run.output.contains("→ install"), "{}", run.output);
        assert_eq!(rig.state().calls, Vec::<String>::new());
    }
}

#[test]
fn missing_token_is_named() {
    let mut rig = rig("");
    rig.set("CLOUDFLARE_API_TOKEN", "");
    let run = rig.deploy(&["--preflight"]);
    assert!(run.code == Some(1) && run.output.contains("CLOUDFLARE_API_TOKEN is not set"), "{}", run.output);
}

#[test]
fn plan_that_fails_is_shown_with_terraforms_reason() {
    let mut rig = rig("");
    rig.set("RIG_PLAN_FAILS", "ap-east-2 has no Lambda function URLs, which the edge calls.");
    let run = rig.deploy(&["--preflight"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.output.contains("has no Lambda function URLs") && run.output.contains("infra/terraform.tfvars"),
        "{}",
        run.output
    );
    assert!(run.output.contains("what Terraform plans to make: there is no plan"), "{}", run.output);
    assert!(!rig.folder.join(".shortline/deploy/preflight.tfplan").exists());
}

#[test]
fn all_problems_are_shown_together() {
    let rig = rig("get-account-settings get-role");
    rig.plant("GetAccountSettings", aws::account_settings(10));
    rig.plant("GetRole", aws::xml_error(404, "NoSuchEntity"));
    rig.plant("/zones/Z", cloudflare::zone("example.com", "pending"));
    // Also before a deployment, which then does not start.
    let run = rig.deploy(&["--yes", "--packages", "packages"]);
    assert_eq!(run.code, Some(1));
    for words in [
        "\n1. Lambda in",
        "\n2. this account has never used RDS",
        "\n3. the zone example.com is pending",
        "found 3 problems",
    ] {
        assert!(run.output.contains(words), "no {words:?} in {}", run.output);
    }
    assert_eq!(rig.writes(), Vec::<String>::new());
}

#[test]
fn check_without_permission_is_skipped_aloud() {
    let rig = rig(
        "get-account-settings list-secrets describe-orderable-db-instance-options get-public-access-block",
    );
    rig.plant("GetAccountSettings", aws::json_error(403, "AccessDeniedException"));
    rig.plant("ListSecrets", aws::json_error(400, "AccessDeniedException"));
    rig.plant("DescribeOrderableDBInstanceOptions", aws::xml_error(403, "AccessDenied"));
    rig.plant("GetPublicAccessBlock", aws::s3_error(403, "AccessDenied"));
    rig.plant(
        "/accounts/A/tokens/ed17574386854bf78a67040be0a770b0",
        cloudflare::failure(403, 9109, "Unauthorized"),
    );
    rig.plant("/zones/Z", Response::new(502, "text/html", "<html>"));
    let run = rig.deploy(&["--preflight"]);
    assert_eq!(run.code, Some(0), "{}", run.output);
    for words in [
        "- Lambda's quota of concurrent executions in eu-central-1: said by the stand-in",
        "- names of secrets in eu-central-1",
        "- whether RDS sells db.t4g.medium",
        "- whether the state's bucket my-state is private",
        "- the permissions of Cloudflare's token: HTTP 403, Unauthorized (code 9109)",
        "- whether the zone fedcba9876543210fedcba9876543210 belongs to",
    ] {
        assert!(run.output.contains(words), "no {words:?} in {}", run.output);
    }
}
