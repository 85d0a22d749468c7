//! Fields of a form as `multipart/form-data` (RFC 7578), in which PHP's curl sends an array. Files are no fields.

/// The boundary, if the content type is that of such a form.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    (!boundary.is_empty()).then(|| boundary.to_owned())
}

/// Leaves out parts that cannot be read.
pub(super) fn fields(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    // The first delimiter has no line before it.
    let text = format!("\r\n{text}");
    let delimiter = format!("\r\n--{boundary}");
    text.split(delimiter.as_str()).skip(1).filter_map(field).collect()
}

fn field(part: &str) -> Option<(String, String)> {
    let (head, value) = part.split_once("\r\n\r\n")?;
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    if parameter(disposition, "filename").is_some() {
        return None;
    }
    Some((parameter(disposition, "name")?.to_owned(), value.to_owned()))
}

/// The value of a header's parameter, without its quotes. Names and boundaries of these forms have no semicolons.
fn parameter<'a>(header: &'a str, wanted: &str) -> Option<&'a str> {
    header.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_is_read_as_curl_sends_it() {
        let content_type = "multipart/form-data; boundary=------------------------d74496d66958873e";
        let boundary = boundary(content_type).unwrap();
        let body = "--------------------------d74496d66958873e\r\nContent-Disposition: form-data; name=\"action\"\r\n\r\nshorturl\r\n\
                    --------------------------d74496d66958873e\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nGrüße\r\n\r\n--x\r\n\
                    --------------------------d74496d66958873e\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nfile\r\n\
                    --------------------------d74496d66958873e--\r\n";
        let read = fields(body.as_bytes(), &boundary);
        assert_eq!(read, [("action".into(), "shorturl".into()), ("title".into(), "Grüße\r\n\r\n--x".into())]);
    }

    #[test]
    fn other_content_types_have_no_boundary() {
        for other in ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=a"] {
            assert_eq!(boundary(other), None, "{other}");
        }
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"").as_deref(), Some("a b"));
        assert_eq!(fields(b"no delimiter", "a"), []);
    }
}
