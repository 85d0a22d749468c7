//! Parses the head of an HTTP/1.1 response for the load generator: status and length. Supports only responses with a
//! `Content-Length` or without a body.

use anyhow::{Context, Result, bail, ensure};

/// More than any server here sends.
const MAX_HEADERS: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) head_bytes: usize,
    pub(crate) body_bytes: usize,
    pub(crate) has_expected_header: bool,
}

/// A header to look for; the name is case-insensitive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedHeader {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
}

/// `None` while the head is incomplete.
pub(crate) fn head(bytes: &[u8], expected: Option<ExpectedHeader>) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(bytes).context("not an HTTP response")?;
    let httparse::Status::Complete(head_bytes) = parsed else { return Ok(None) };
    let status = response.code.unwrap_or_default();
    let body_bytes = match status {
        204 | 304 => 0,
        _ => content_length(response.headers)?,
    };
    let has_expected_header = expected.is_some_and(|expected| {
        response.headers.iter().any(|header| {
            header.name.eq_ignore_ascii_case(expected.name) && header.value == expected.value.as_bytes()
        })
    });
    Ok(Some(Head { status, head_bytes, body_bytes, has_expected_header }))
}

fn content_length(headers: &[httparse::Header<'_>]) -> Result<usize> {
    let mut found = None;
    for header in headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            ensure!(found.is_none(), "two Content-Lengths");
            let text = str::from_utf8(header.value).unwrap_or_default();
            found = Some(text.parse().with_context(|| format!("invalid Content-Length {text:?}"))?);
        }
        if header.name.eq_ignore_ascii_case("connection") && header.value.eq_ignore_ascii_case(b"close") {
            bail!("the server closes the connection after each response");
        }
    }
    found.context("a response without Content-Length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &str, expected: Option<(u16, usize, usize)>) {
        let expected = expected.map(|(status, head_bytes, body_bytes)| Head {
            status,
            head_bytes,
            body_bytes,
            has_expected_header: false,
        });
        assert_eq!(head(bytes.as_bytes(), None).unwrap(), expected, "{bytes:?}");
    }

    #[test]
    fn complete_head_gives_status_and_lengths() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Some((200, 38, 2)));
        check("HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n", Some((201, 44, 40)));
        check("HTTP/1.1 302 Found\r\nCONTENT-LENGTH: 0\r\n\r\n", Some((302, 41, 0)));
        check("HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n", Some((304, 40, 0)));
        check("HTTP/1.1 204 No Content\r\n\r\n", Some((204, 27, 0)));
    }

    #[test]
    fn head_may_arrive_in_pieces() {
        let whole = "HTTP/1.1 200 OK\r\nx-request-id: a\r\ncontent-length: 2\r\n\r\n";
        for end in 0..whole.len() {
            check(&whole[..end], None);
        }
        check(whole, Some((200, whole.len(), 2)));
    }

    #[test]
    fn undelimited_response_is_refused() {
        for bytes in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n",
        ] {
            assert!(head(bytes.as_bytes(), None).is_err(), "{bytes:?}");
        }
    }
}
