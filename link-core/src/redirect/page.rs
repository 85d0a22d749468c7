//! The HTML of the pages that a visitor may see instead of a redirect. They have light and dark colours, and load no script or file.

use std::fmt::Write;

use super::PageContext;
use super::page_texts::{self as texts, PageText};

/// The style is inline, so that the page needs no second request. The policy contains its hash; a test compares the two.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;min-height:100vh;display:grid;place-items:center;font:1rem/1.5 system-ui,sans-serif;background:#f6f6f4;color:#1d1d1b}\
main{box-sizing:border-box;width:100%;max-width:30rem;padding:2rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}\
p{margin:0 0 1rem;overflow-wrap:anywhere}\
small{color:#6b6b66}\
label{display:block;margin-bottom:.25rem}\
input,button,.go{font:inherit;box-sizing:border-box;width:100%;padding:.6rem .8rem;border-radius:.4rem;border:1px solid #8a8a84}\
button,.go{display:block;margin-top:.75rem;background:#1d4ed8;border-color:#1d4ed8;color:#fff;text-align:center;text-decoration:none}\
.wrong{color:#b42318}\
.domain{font-weight:600;margin-bottom:1.5rem}\
.domain img{display:block;max-width:100%;max-height:4rem;margin-bottom:.75rem}\
.domain svg{display:block;width:3rem;height:.375rem;margin-bottom:.75rem}\
@media(prefers-color-scheme:dark){body{background:#161615;color:#ececea}small{color:#9a9a94}.wrong{color:#ff8a7a}}";

/// The page loads nothing (but the domain's logo, where it has one), cannot be framed, and sends forms only to `$form_action`.
macro_rules! policy {
    ($form_action:literal, $images:literal) => {
        concat!(
            "default-src 'none'; style-src 'sha256-wlZQ9iD1b7q1cXbkbrUQs5P+wP1oGKoezAGkN3aDXqQ='; form-action ",
            $form_action,
            $images,
            "; base-uri 'none'; frame-ancestors 'none'"
        )
    };
}
pub(super) const POLICY: &str = policy!("'none'", "");
const LOGO_POLICY: &str = policy!("'none'", "; img-src 'self'");
/// The password form is sent to its own link.
const FORM_POLICY: &str = policy!("'self'", "");
const FORM_AND_LOGO_POLICY: &str = policy!("'self'", "; img-src 'self'");

#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) text: PageText,
    pub(super) content: Content<'a>,
    pub(super) context: PageContext<'a>,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Text,
    /// Shows the destination of the link, with a button that opens it.
    Destination(&'a str),
    /// A button that opens the dashboard at this URL.
    Dashboard(&'a str),
    /// Opens this destination immediately.
    Forward(&'a str),
    Password {
        /// The text above the field; may be empty.
        warning: &'a str,
    },
}

impl Page<'_> {
    pub(super) fn policy(&self) -> &'static str {
        let has_logo = self.context.domain.is_some_and(|settings| settings.logo.is_some());
        match (matches!(self.content, Content::Password { .. }), has_logo) {
            (true, false) => FORM_POLICY,
            (true, true) => FORM_AND_LOGO_POLICY,
            (false, false) => POLICY,
            (false, true) => LOGO_POLICY,
        }
    }

    pub(super) fn html(&self) -> String {
        let language = self.context.language;
        let refresh = match self.content {
            Content::Forward(url) => {
                format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">", escaped(url))
            }
            Content::Text | Content::Destination(_) | Content::Dashboard(_) | Content::Password { .. } => {
                String::new()
            }
        };
        let (theme, domain) = self.domain();
        let mut html = format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">{refresh}\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{theme}\
             <title>{title}</title><style>{STYLE}</style></head><body><main>{domain}<h1>{title}</h1><p>{text}</p>",
            lang = language.tag(),
            title = language.choose(self.text.title),
            text = language.choose(self.text.text),
        );
        let button = |url: &str, label| {
            let (url, label) = (escaped(url), language.choose(label));
            format!("<a class=\"go\" rel=\"noreferrer nofollow\" href=\"{url}\">{label}</a>")
        };
        match &self.content {
            Content::Text => {}
            Content::Destination(url) => {
                let shown = escaped(url);
                html.push_str(&format!("<p><strong>{shown}</strong></p>{}", button(url, texts::GO_THERE)));
            }
            Content::Dashboard(url) => html.push_str(&button(url, texts::OPEN_DASHBOARD)),
            Content::Forward(url) => html.push_str(&button(url, texts::CONTINUE)),
            Content::Password { warning } => self.password_form(warning, &mut html),
        }
        html.push_str("</main></body></html>\n");
        html
    }

    fn password_form(&self, warning: &str, html: &mut String) {
        let language = self.context.language;
        let (label, button) = (language.choose(texts::PASSWORD_LABEL), language.choose(texts::CONTINUE));
        html.push_str("<form method=\"post\">");
        if !warning.is_empty() {
            // Writing to a `String` never fails.
            let _ = write!(html, "<p class=\"wrong\" role=\"alert\">{warning}</p>");
        }
        let _ = write!(
            html,
            "<label for=\"password\">{label}</label>\
             <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"off\" required autofocus>\
             <button>{button}</button></form>"
        );
    }

    /// The browser's own colour, and the line above the page. The colour is an attribute of a drawing: the policy allows no style but
    /// ours.
    fn domain(&self) -> (String, String) {
        let Some(settings) = self.context.domain else { return Default::default() };
        let (mut theme, mut line) = (String::new(), String::new());
        if let Some(color) = &settings.color {
            let color = color.as_str();
            theme = format!("<meta name=\"theme-color\" content=\"#{color}\">");
            line = format!(
                "<svg aria-hidden=\"true\"><rect width=\"100%\" height=\"100%\" rx=\"3\" fill=\"#{color}\"/></svg>"
            );
        }
        if let Some(logo) = &settings.logo {
            // Its name follows.
            line.push_str(&format!("<img alt=\"\" src=\"{}\">", logo.path()));
        }
        line.push_str(&escaped(settings.name.as_deref().unwrap_or_default()));
        if !line.is_empty() {
            line = format!("<div class=\"domain\">{line}</div>");
        }
        (theme, line)
    }
}

pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        let entity = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            letter => {
                escaped.push(letter);
                continue;
            }
        };
        escaped.push_str(entity);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    fn page(content: Content<'_>) -> Page<'_> {
        Page { text: texts::NOT_FOUND, content, context: PageContext::default() }
    }

    #[test]
    fn policy_allows_only_this_style() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        for policy in [POLICY, LOGO_POLICY, FORM_POLICY, FORM_AND_LOGO_POLICY] {
            assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{hash}");
        }
    }

    #[test]
    fn shown_text_cannot_become_markup() {
        let url = "https://a.test/?q=\"><script>alert('1')&";
        let html = page(Content::Destination(url)).html();
        assert!(!html.contains("<script") && !html.contains("'1'"), "{html}");
    }

    #[test]
    fn only_the_password_page_may_send_a_form() {
        let form = page(Content::Password { warning: "" });
        assert!(
            form.html().contains("<form method=\"post\">"),
            "without an action, the form is sent to the page's own address"
        );
        assert!(form.policy().contains("form-action 'self';"));
        for content in
            [Content::Text, Content::Destination("https://a.test/"), Content::Forward("https://a.test/")]
        {
            assert!(page(content).policy().contains("form-action 'none';"));
        }
    }

    #[test]
    fn page_forwards_only_to_its_url() {
        let url = "https://a.test/?a=1&q=\";url=https://evil.test/'";
        let html = page(Content::Forward(url)).html();
        let refresh = "content=\"0;url=https://a.test/?a=1&amp;q=&quot;;url=https://evil.test/&#39;\">";
        assert!(html.contains(refresh), "{html}");
    }
}
