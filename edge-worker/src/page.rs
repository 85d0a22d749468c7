//! The HTML of the pages that a visitor gets instead of a redirect: light and dark, no script, nothing loaded from
//! elsewhere.

use std::fmt::Write;

/// Inline, so that a page needs no second request. The policy holds its hash; a test compares the two.
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
@media(prefers-color-scheme:dark){body{background:#161615;color:#ececea}small{color:#9a9a94}.wrong{color:#ff8a7a}}";

/// Nothing may be loaded, framed or sent elsewhere.
macro_rules! policy {
    ($form_action:literal) => {
        concat!(
            "default-src 'none'; style-src 'sha256-rZWHfjPyoSm3mWf1KSI/zCJF9QOdlQ3wFB/Sip1SCRc='; form-action ",
            $form_action,
            "; base-uri 'none'; frame-ancestors 'none'"
        )
    };
}
const POLICY: &str = policy!("'none'");
/// The password form posts to its own link.
const FORM_POLICY: &str = policy!("'self'");

#[derive(Debug)]
pub struct Page<'a> {
    pub title: &'a str,
    pub text: &'a str,
    pub content: PageContent<'a>,
}

#[derive(Debug)]
pub enum PageContent<'a> {
    Nothing,
    /// Where the link leads.
    Destination(&'a str),
    /// Redirects there by itself.
    Redirecting(&'a str),
    Password {
        /// Shown above the field; may be empty.
        warning: &'a str,
    },
}

impl Page<'_> {
    pub fn policy(&self) -> &'static str {
        match self.content {
            PageContent::Password { .. } => FORM_POLICY,
            PageContent::Nothing | PageContent::Destination(_) | PageContent::Redirecting(_) => POLICY,
        }
    }

    pub fn html(&self) -> String {
        let refresh = match self.content {
            PageContent::Redirecting(url) => {
                format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">", escaped(url))
            }
            PageContent::Nothing | PageContent::Destination(_) | PageContent::Password { .. } => {
                String::new()
            }
        };
        let mut html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">{refresh}\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1><p>{text}</p>",
            title = escaped(self.title),
            text = escaped(self.text),
        );
        // Writing to a String never fails.
        let _ = match &self.content {
            PageContent::Nothing => Ok(()),
            PageContent::Destination(url) => {
                let url = escaped(url);
                write!(
                    html,
                    "<p><strong>{url}</strong></p><a class=\"go\" rel=\"noreferrer nofollow\" href=\"{url}\">Go there</a>"
                )
            }
            PageContent::Redirecting(url) => {
                let url = escaped(url);
                write!(html, "<a class=\"go\" rel=\"noreferrer nofollow\" href=\"{url}\">Continue</a>")
            }
            PageContent::Password { warning } => {
                let warning = if warning.is_empty() {
                    String::new()
                } else {
                    format!("<p class=\"wrong\" role=\"alert\">{warning}</p>")
                };
                write!(
                    html,
                    "<form method=\"post\">{warning}<label for=\"password\">Password</label>\
                     <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"off\" required autofocus>\
                     <button>Continue</button></form>"
                )
            }
        };
        html.push_str("</main></body></html>\n");
        html
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn policy_allows_this_style_only() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        for policy in [POLICY, FORM_POLICY] {
            assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{hash}");
        }
    }

    #[test]
    fn shown_text_cannot_become_markup() {
        let url = "https://a.test/?q=\"><script>alert('1')&";
        let html = Page { title: "<b>", text: "a & b", content: PageContent::Destination(url) }.html();
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("'1'"), "{html}");
        assert!(html.contains("&lt;b&gt;") && html.contains("a &amp; b"));
    }

    #[test]
    fn form_posts_to_its_own_link_only() {
        let page = |content| Page { title: "", text: "", content };
        let form = page(PageContent::Password { warning: "" });
        assert!(form.html().contains("<form method=\"post\">"), "no action: the page's own address");
        assert!(form.policy().contains("form-action 'self';"));
        for content in [
            PageContent::Nothing,
            PageContent::Destination("https://a.test/"),
            PageContent::Redirecting("https://a.test/"),
        ] {
            assert!(page(content).policy().contains("form-action 'none';"));
        }
    }

    #[test]
    fn page_redirects_to_its_url_only() {
        let url = "https://a.test/?a=1&q=\";url=https://evil.test/'";
        let html = Page { title: "", text: "", content: PageContent::Redirecting(url) }.html();
        let refresh = "content=\"0;url=https://a.test/?a=1&amp;q=&quot;;url=https://evil.test/&#39;\">";
        assert!(html.contains(refresh), "{html}");
    }
}
