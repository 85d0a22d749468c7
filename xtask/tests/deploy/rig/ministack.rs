//! ministack, which answers what the stand-in leaves to it: functions, aliases and alarms.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use local_stack::checkout::Checkout;

use super::http::Request;

/// Python imports for some seconds, and longer beside other tests.
const START_TIMEOUT: Duration = Duration::from_secs(60);

pub struct Ministack {
    process: Child,
    pub port: u16,
    folder: std::path::PathBuf,
}

impl Ministack {
    pub fn start() -> Self {
        let python = Checkout::here().python();
        assert!(python.exists(), "ministack is missing; run `cargo xtask tools`");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("shortline-rig-{}-ministack", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new(python);
        command
            .args(["-m", "ministack"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .envs([
                ("BIND_HOST", "127.0.0.1"),
                ("MINISTACK_HOST", "127.0.0.1"),
                ("GATEWAY_PORT", &port.to_string()),
                ("MINISTACK_REGION", "eu-central-1"),
                ("SERVICES", "lambda,cloudwatch"),
                ("LAMBDA_EXECUTOR", "local"),
                ("IOT_MTLS_ENABLED", "0"),
                ("SFTP_ENABLED", "0"),
                ("DOCKER_HOST", "unix:///nonexistent/docker.sock"),
                ("TMPDIR", folder.to_str().unwrap()),
            ]);
        let mut started = Self { process: command.spawn().unwrap(), port, folder };
        let deadline = Instant::now() + START_TIMEOUT;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(started.process.try_wait().unwrap(), None, "ministack ended");
            assert!(Instant::now() < deadline, "ministack did not start within {START_TIMEOUT:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
        started
    }

    pub fn alarm(&self, name: &str) {
        let topic = "arn:aws:sns:eu-central-1:123456789012:shortline-alarms";
        cloudwatch(
            self.port,
            &format!(
                "Action=PutMetricAlarm&Version=2010-08-01&AlarmName={name}&MetricName=Errors&Namespace=AWS/Lambda&Period=60&EvaluationPeriods=1\
                 &Threshold=1&ComparisonOperator=GreaterThanThreshold&Statistic=Sum&TreatMissingData=notBreaching&AlarmActions.member.1={topic}"
            ),
        );
        set_alarm(self.port, name, "OK");
    }
}

pub fn set_alarm(port: u16, name: &str, state: &str) {
    cloudwatch(
        port,
        &format!(
            "Action=SetAlarmState&Version=2010-08-01&AlarmName={name}&StateValue={state}&StateReason=planted"
        ),
    );
}

fn cloudwatch(port: u16, body: &str) {
    let credential = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261125/eu-central-1/monitoring/aws4_request, SignedHeaders=host, Signature=0";
    let request = Request {
        method: "POST".into(),
        path: "/".into(),
        headers: [
            ("host", "monitoring.eu-central-1.amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", credential),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        body: body.as_bytes().to_vec(),
    };
    let response = request.forward(port);
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
}

impl Drop for Ministack {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
