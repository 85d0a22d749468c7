//! Validates `preview` of a link: what messengers and networks show in place of its destination's own preview.

use link_core::names::destination::Destination;
use link_core::record::preview::LinkPreview;
use serde_json::Value;

use super::values::single_line;
use crate::http::fields::{Fields, shortened, text};
use crate::http::problem::ProblemCode;
use crate::http::trimming::trimmed;
use crate::limits::{
    MAX_PREVIEW_DESCRIPTION_CHARACTERS, MAX_PREVIEW_IMAGE_BYTES, MAX_PREVIEW_TITLE_CHARACTERS,
};

/// `base` with the given parts replaced, as RFC 7396 merges an object. Without any part there is no preview.
pub(super) fn merged(fields: &mut Fields, base: Option<LinkPreview>) -> Option<LinkPreview> {
    let parts = match fields.take("preview") {
        None => return base,
        Some(Value::Null) => return None,
        Some(Value::Object(parts)) => parts,
        Some(_) => {
            fields.reject(ProblemCode::InvalidPreview, "preview".to_owned(), "must be an object".to_owned());
            return None;
        }
    };
    let mut preview = base.unwrap_or_default();
    for (name, value) in parts {
        if let Err(detail) = set(&mut preview, &name, value) {
            fields.reject(ProblemCode::InvalidPreview, format!("preview.{}", shortened(&name)), detail);
        }
    }
    Some(preview).filter(|preview| *preview != LinkPreview::default())
}

fn set(preview: &mut LinkPreview, name: &str, value: Value) -> Result<(), String> {
    let given = Some(value).filter(|value| !value.is_null());
    let line = |max_characters| match given.clone() {
        Some(value) => single_line(value, max_characters),
        None => Ok(None),
    };
    match name {
        "title" => preview.title = line(MAX_PREVIEW_TITLE_CHARACTERS)?,
        "description" => preview.description = line(MAX_PREVIEW_DESCRIPTION_CHARACTERS)?,
        "image" => preview.image = given.map(image).transpose()?,
        _ => return Err("is not one of title, description and image".to_owned()),
    }
    Ok(())
}

fn image(value: Value) -> Result<Destination, String> {
    let url = Destination::parse(trimmed(&text(value)?)).map_err(|error| error.to_string())?;
    if !url.as_str().starts_with("https:") {
        return Err("must be an https URL: messengers load no others".to_owned());
    }
    if url.as_str().len() > MAX_PREVIEW_IMAGE_BYTES {
        return Err(format!("must be at most {MAX_PREVIEW_IMAGE_BYTES} bytes long once encoded"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value, base: Option<LinkPreview>) -> Result<Value, String> {
        let Value::Object(body) = body else { panic!("{body}") };
        let mut fields = Fields::from_body(body);
        let preview = merged(&mut fields, base);
        let preview = fields.finish(Some(preview)).map_err(|problem| format!("{problem:?}"))?;
        Ok(json!(preview))
    }

    #[test]
    fn parts_are_merged_and_null_clears_them() {
        let both = LinkPreview {
            title: Some("t".to_owned()),
            description: Some("d".to_owned()),
            ..LinkPreview::default()
        };
        let shown = |title: Value, description: Value, image: Value| json!({"title": title, "description": description, "image": image});
        let image = "https://example.com/\u{fc}.png";
        for (patch, base, expected) in [
            (json!({}), Some(&both), json!(both)),
            (json!({"preview": {}}), Some(&both), json!(both)),
            (json!({"preview": null}), Some(&both), Value::Null),
            (json!({"preview": {}}), None, Value::Null),
            (json!({"preview": {"title": " "}}), None, Value::Null),
            (json!({"preview": {"title": null, "description": null}}), Some(&both), Value::Null),
            (
                json!({"preview": {"title": " new\u{200b}"}}),
                Some(&both),
                shown(json!("new"), json!("d"), Value::Null),
            ),
            (
                json!({"preview": {"description": null, "image": image}}),
                Some(&both),
                shown(json!("t"), Value::Null, json!("https://example.com/%C3%BC.png")),
            ),
        ] {
            assert_eq!(read(patch.clone(), base.cloned()).unwrap(), expected, "{patch}");
        }
    }

    #[test]
    fn wrong_part_is_named() {
        for (preview, field) in [
            (json!("text"), "preview"),
            (json!([]), "preview"),
            (json!({"title": 7}), "preview.title"),
            (json!({"title": "x".repeat(201)}), "preview.title"),
            (json!({"title": "a\nb"}), "preview.title"),
            (json!({"description": "x".repeat(501)}), "preview.description"),
            (json!({"image": "http://example.com/a.png"}), "preview.image"),
            (json!({"image": "javascript:alert(1)"}), "preview.image"),
            (json!({"image": "/a.png"}), "preview.image"),
            (json!({"image": format!("https://example.com/{}", "a".repeat(2_048))}), "preview.image"),
            (json!({"video": "x"}), "preview.video"),
        ] {
            let error = read(json!({"preview": preview}), None).unwrap_err();
            assert!(error.contains(&format!("\"{field}\"")), "{preview}: {error}");
        }
    }
}
