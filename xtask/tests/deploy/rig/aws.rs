//! Answers in the formats of AWS' protocols, for calls that ministack does not have or answers otherwise than a real account:
//! those of a healthy account before a first deployment.

use super::http::{Request, Response};

/// The name of the API's action, such as `DescribeRegions`.
pub fn action(request: &Request) -> String {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if let Some((_, action)) = request.header("x-amz-target").split_once('.') {
        return action.to_owned();
    }
    if let Some((_, action)) = path.split_once("/operation/") {
        return action.to_owned();
    }
    let body = String::from_utf8_lossy(&request.body);
    if let Some(action) = body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        return action.to_owned();
    }
    let s3 = [
        ("versioning", "GetBucketVersioning"),
        ("encryption", "GetBucketEncryption"),
        ("publicAccessBlock", "GetPublicAccessBlock"),
    ];
    let lambda = [
        ("/account-settings", "GetAccountSettings"),
        ("/event-source-mappings", "ListEventSourceMappings"),
        ("/invocations", "Invoke"),
        ("/aliases/live", "Alias"),
        ("/versions", "ListVersionsByFunction"),
        ("/code", "UpdateFunctionCode"),
        ("/configuration", "GetFunctionConfiguration"),
    ];
    let s3 = s3.iter().find(|(part, _)| query.split('&').any(|pair| pair.split('=').next() == Some(*part)));
    let rest = s3.or_else(|| lambda.iter().find(|(part, _)| path.trim_end_matches('/').ends_with(part)));
    let name = rest.map_or(path, |(_, action)| action);
    // REST tells reading from writing by the method only.
    if request.method == "GET" { name.to_owned() } else { format!("{} {name}", request.method) }
}

pub fn is_reading(action: &str) -> bool {
    ["Get", "List", "Describe", "/"].iter().any(|prefix| action.starts_with(prefix)) || action == "Alias"
}

pub fn xml(action: &str, result: &str) -> Response {
    let body = format!(
        "<{action}Response xmlns=\"https://example.amazonaws.com/doc/\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    );
    Response::new(200, "text/xml", body)
}

/// EC2 has no `…Result`.
pub fn ec2(action: &str, result: &str) -> Response {
    Response::new(
        200,
        "text/xml",
        format!("<{action}Response><requestId>1</requestId>{result}</{action}Response>"),
    )
}

pub fn xml_error(status: u16, code: &str) -> Response {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>said by the stand-in</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    );
    Response::new(status, "text/xml", body)
}

pub fn ec2_error(status: u16, code: &str) -> Response {
    let body = format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>said by the stand-in</Message></Error></Errors>\
         <RequestID>1</RequestID></Response>"
    );
    Response::new(status, "text/xml", body)
}

pub fn s3_error(status: u16, code: &str) -> Response {
    Response::new(
        status,
        "application/xml",
        format!("<Error><Code>{code}</Code><Message>said by the stand-in</Message></Error>"),
    )
}

pub fn json(body: &str) -> Response {
    Response::new(200, "application/x-amz-json-1.1", body)
}

pub fn json_error(status: u16, code: &str) -> Response {
    let mut response = Response::new(
        status,
        "application/x-amz-json-1.1",
        format!("{{\"__type\":\"{code}\",\"message\":\"said by the stand-in\"}}"),
    );
    response.headers.push(("x-amzn-errortype".into(), code.into()));
    response
}

pub fn orderable(zones: &[&str], multi_az: bool) -> Response {
    let zones: String = zones
        .iter()
        .map(|zone| format!("<AvailabilityZone><Name>{zone}</Name></AvailabilityZone>"))
        .collect();
    xml(
        "DescribeOrderableDBInstanceOptions",
        &format!(
            "<OrderableDBInstanceOptions><OrderableDBInstanceOption><Engine>postgres</Engine><EngineVersion>18.4</EngineVersion>\
             <DBInstanceClass>db.t4g.medium</DBInstanceClass><AvailabilityZones>{zones}</AvailabilityZones>\
             <MultiAZCapable>{multi_az}</MultiAZCapable><ReadReplicaCapable>true</ReadReplicaCapable><Vpc>true</Vpc>\
             <StorageType>gp3</StorageType></OrderableDBInstanceOption></OrderableDBInstanceOptions>"
        ),
    )
}

pub fn account_settings(limit: u32) -> Response {
    json(&format!(
        "{{\"AccountLimit\":{{\"TotalCodeSize\":80530636800,\"CodeSizeUnzipped\":262144000,\"CodeSizeZipped\":52428800,\
         \"ConcurrentExecutions\":{limit},\"UnreservedConcurrentExecutions\":{limit}}},\"AccountUsage\":{{\"TotalCodeSize\":0,\
         \"FunctionCount\":0}}}}"
    ))
}

pub fn zones(state: &str, id: &str) -> Response {
    let zone = |name: &str, id: &str, state: &str| {
        format!(
            "<item><zoneName>{name}</zoneName><zoneId>{id}</zoneId><zoneState>{state}</zoneState><optInStatus>opt-in-not-required</optInStatus></item>"
        )
    };
    let zones = [zone("eu-central-1a", "euc1-az2", "available"), zone("eu-central-1b", id, state)].concat();
    ec2("DescribeAvailabilityZones", &format!("<availabilityZoneInfo>{zones}</availabilityZoneInfo>"))
}

pub fn endpoint(zones: &[&str]) -> Response {
    let zones: String = zones.iter().map(|zone| format!("<item>{zone}</item>")).collect();
    let service = "com.amazonaws.eu-central-1.sqs";
    ec2(
        "DescribeVpcEndpointServices",
        &format!(
            "<serviceDetailSet><item><serviceName>{service}</serviceName><availabilityZoneSet>{zones}</availabilityZoneSet>\
             <owner>amazon</owner></item></serviceDetailSet><serviceNameSet><item>{service}</item></serviceNameSet>"
        ),
    )
}

pub fn regions(status: &str) -> Response {
    ec2(
        "DescribeRegions",
        &format!(
            "<regionInfo><item><regionName>eu-central-1</regionName><optInStatus>{status}</optInStatus></item></regionInfo>"
        ),
    )
}

pub fn access_block(is_private: bool) -> Response {
    let all: String = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
        .map(|name| format!("<{name}>{is_private}</{name}>"))
        .concat();
    Response::new(
        200,
        "application/xml",
        format!("<PublicAccessBlockConfiguration>{all}</PublicAccessBlockConfiguration>"),
    )
}

pub fn proxy_targets(health: &str) -> Response {
    xml(
        "DescribeDBProxyTargets",
        &format!(
            "<Targets><member><RdsResourceId>shortline-links</RdsResourceId><TargetHealth>{health}</TargetHealth></member></Targets>"
        ),
    )
}

pub fn subscriptions(arn: &str) -> Response {
    xml(
        "ListSubscriptionsByTopic",
        &format!(
            "<Subscriptions><member><SubscriptionArn>{arn}</SubscriptionArn><Protocol>email</Protocol><Endpoint>ops@example.com</Endpoint></member></Subscriptions>"
        ),
    )
}

/// None for what ministack answers.
pub fn healthy(action: &str) -> Option<Response> {
    let both = ["eu-central-1a", "eu-central-1b"];
    Some(match action {
        "GetCallerIdentity" => xml(
            action,
            "<Arn>arn:aws:iam::123456789012:user/deployer</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>",
        ),
        "GetBucketVersioning" => Response::new(
            200,
            "application/xml",
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        ),
        "GetBucketEncryption" => Response::new(
            200,
            "application/xml",
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
             </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
        ),
        "GetPublicAccessBlock" => access_block(true),
        "GetAccountSettings" => account_settings(1000),
        "DescribeRegions" => regions("opt-in-not-required"),
        "DescribeAvailabilityZones" => zones("available", "euc1-az3"),
        "DescribeVpcEndpointServices" => endpoint(&both),
        "GetRole" => xml(
            action,
            "<Role><Path>/aws-service-role/rds.amazonaws.com/</Path><RoleName>AWSServiceRoleForRDS</RoleName><RoleId>AROAEXAMPLE</RoleId>\
             <Arn>arn:aws:iam::123456789012:role/x</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>",
        ),
        "DescribeDBEngineVersions" => xml(
            action,
            "<DBEngineVersions><DBEngineVersion><Engine>postgres</Engine><EngineVersion>18.4</EngineVersion></DBEngineVersion></DBEngineVersions>",
        ),
        "DescribeOrderableDBInstanceOptions" => orderable(&both, true),
        "ListSecrets" => json("{\"SecretList\":[]}"),
        "DescribeDBSnapshots" => xml_error(404, "DBSnapshotNotFound"),
        "DescribeLogGroups" => json("{\"logGroups\":[]}"),
        "DescribeDBProxies" => {
            xml(action, "<DBProxies><member><DBProxyName>shortline-links</DBProxyName></member></DBProxies>")
        }
        "DescribeDBProxyTargets" => proxy_targets("<State>AVAILABLE</State>"),
        "ListEventSourceMappings" => {
            json("{\"EventSourceMappings\":[{\"UUID\":\"1\",\"State\":\"Enabled\"}]}")
        }
        "ListSubscriptionsByTopic" => subscriptions("PendingConfirmation"),
        "GetSecretValue" => json(
            "{\"ARN\":\"arn:aws:secretsmanager:eu-central-1:123456789012:secret:shortline/admin-key-1-a1B2c3\",\"Name\":\"shortline/admin-key-1\",\
             \"VersionId\":\"1\",\"SecretString\":\"slk_secret\"}",
        ),
        _ => return None,
    })
}
