//! The IAM role of the functions and the user of the Worker's key, with the policies that Terraform makes in
//! production. The emulator enforces them, except for its root key.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::parts::aws::client::AwsClient;

pub(crate) const ROLE: &str = "shortline-functions";
const EDGE_USER: &str = "shortline-edge";

#[derive(Clone, Debug)]
pub struct AccessKey {
    pub id: String,
    pub secret: String,
}

pub(crate) async fn ensure_role(aws: &AwsClient) -> Result<()> {
    let trust = document(json!({
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}));
    aws.iam("CreateRole", &[("RoleName", ROLE), ("AssumeRolePolicyDocument", &trust)])
        .await?
        .created_or_exists()
        .context("cannot create the role of the functions")?;
    let policy = document(json!({"Effect": "Allow",
        "Action": ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
                   "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
        "Resource": "arn:aws:sqs:*:*:shortline-*"}));
    aws.iam("PutRolePolicy", &[("RoleName", ROLE), ("PolicyName", "queues"), ("PolicyDocument", &policy)])
        .await?
        .created_or_exists()
        .context("cannot create the policy of the functions")
}

/// Creates the edge's user and key. The emulator shows a key's secret only once.
pub(crate) async fn create_edge_user(aws: &AwsClient) -> Result<AccessKey> {
    aws.iam("CreateUser", &[("UserName", EDGE_USER)])
        .await?
        .created_or_exists()
        .context("cannot create the edge's user")?;
    let policy = document(json!([
        {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:GetQueueAttributes"],
         "Resource": "arn:aws:sqs:*:*:shortline-*"},
        {"Effect": "Allow", "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"],
         "Resource": "arn:aws:lambda:*:*:function:shortline-*"},
    ]));
    aws.iam("PutUserPolicy", &[("UserName", EDGE_USER), ("PolicyName", "edge"), ("PolicyDocument", &policy)])
        .await?
        .created_or_exists()
        .context("cannot create the policy of the edge's user")?;
    let answer = aws.iam("CreateAccessKey", &[("UserName", EDGE_USER)]).await?;
    let element = |name: &str| {
        let (_, rest) = answer.body.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text.to_owned())
    };
    match (element("AccessKeyId"), element("SecretAccessKey")) {
        (Some(id), Some(secret)) => Ok(AccessKey { id, secret }),
        _ => bail!("cannot create the edge's key: {}: {}", answer.status, answer.body),
    }
}

pub(crate) async fn has_edge_user(aws: &AwsClient) -> Result<bool> {
    Ok(aws.iam("GetUser", &[("UserName", EDGE_USER)]).await?.status == 200)
}

fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
