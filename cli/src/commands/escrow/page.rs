//! A page that leads to a link's destination without a script, and which links a static page can serve at all.

use serde_json::Value;

/// A static page cannot look at the time, count visitors, tell them apart, or read the rest of the address.
pub fn reason_to_leave_out(link: &Value) -> Option<String> {
    let is_set = |field: &str| link.get(field).is_some_and(|value| !value.is_null());
    let state = link.get("state").and_then(Value::as_str).unwrap_or("active");
    let has_rules = link.get("rules").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
    let reason = if state != "active" {
        return Some(format!("it is {state}"));
    } else if link.get("password_protected") == Some(&Value::Bool(true)) {
        "it has a password"
    } else if is_set("max_clicks") {
        "it has a maximum of clicks"
    } else if has_rules {
        "it has rules"
    } else if ["forward_query", "forward_path"]
        .iter()
        .any(|field| link.get(*field) == Some(&Value::Bool(true)))
    {
        "it forwards the query or the path"
    } else if is_set("starts_at") || is_set("expires_at") {
        "it has a start or an end"
    } else if !destination(link).starts_with("https://") && !destination(link).starts_with("http://") {
        "its destination is not a web page"
    } else {
        return None;
    };
    Some(reason.to_owned())
}

pub fn destination(link: &Value) -> &str {
    link.get("url").and_then(Value::as_str).unwrap_or_default()
}

pub fn html(link: &Value) -> String {
    let url = escaped(destination(link));
    let title = link.get("title").and_then(Value::as_str).map_or_else(|| url.clone(), escaped);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={url}\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"canonical\" href=\"{url}\">\n</head>\n\
         <body>\n<p>This link leads to <a href=\"{url}\">{url}</a>.</p>\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_static_page_cannot_do_is_left_out() {
        let plain = json!({"state": "active", "url": "https://example.com/", "rules": [], "max_clicks": null, "password_protected": false});
        assert_eq!(reason_to_leave_out(&plain), None);
        for (field, value, reason) in [
            ("state", json!("disabled"), "it is disabled"),
            ("state", json!("scheduled"), "it is scheduled"),
            ("password_protected", json!(true), "it has a password"),
            ("max_clicks", json!(1), "it has a maximum of clicks"),
            ("forward_query", json!(true), "it forwards the query or the path"),
            ("forward_path", json!(true), "it forwards the query or the path"),
            ("rules", json!([{"url": "https://a.example/"}]), "it has rules"),
            ("expires_at", json!("2099-01-01T00:00:00Z"), "it has a start or an end"),
            ("starts_at", json!("2020-01-01T00:00:00Z"), "it has a start or an end"),
            ("url", json!("javascript:alert(1)"), "its destination is not a web page"),
        ] {
            let mut link = plain.clone();
            link[field] = value;
            assert_eq!(reason_to_leave_out(&link).as_deref(), Some(reason), "{field}");
        }
    }

    #[test]
    fn page_leads_to_the_destination_and_runs_nothing() {
        let page =
            html(&json!({"url": "https://example.com/?a=1&b=\"'><script>", "title": "</title><script>x"}));
        insta::assert_snapshot!(page);
    }
}
