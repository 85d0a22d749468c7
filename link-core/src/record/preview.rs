//! The preview of its own that a link shows in messengers and networks, in place of its destination's.

use serde::{Deserialize, Serialize};

use crate::names::destination::Destination;

/// What an owner has set; at least one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// An https URL: messengers load no others.
    #[serde(default)]
    pub image: Option<Destination>,
}

/// A [`LinkPreview`] in a record: the parameters of a form, which the edge parses only for a preview. A further reader of JSON
/// fields would weigh in its bundle, like that of a domain's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PreviewText(String);

impl PreviewText {
    pub fn of(LinkPreview { title, description, image }: &LinkPreview) -> Self {
        let texts = [
            ("title", title.as_deref()),
            ("description", description.as_deref()),
            ("image", image.as_ref().map(Destination::as_str)),
        ];
        let set = texts.into_iter().filter_map(|(name, text)| Some((name, text?)));
        Self(form_urlencoded::Serializer::new(String::new()).extend_pairs(set).finish())
    }

    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What is unknown or damaged counts as absent.
    #[inline]
    pub fn parse(&self) -> LinkPreview {
        let text = |wanted: &str| {
            let mut parameters = form_urlencoded::parse(self.0.as_bytes());
            parameters.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        LinkPreview {
            title: text("title"),
            description: text("description"),
            image: text("image").and_then(|url| url.try_into().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preview_round_trips_through_its_text() {
        let preview = LinkPreview {
            title: Some("Sommer & <Söhne>".to_owned()),
            description: None,
            image: Some("https://example.com/a.png?b=c&d".to_owned().try_into().unwrap()),
        };
        let text = PreviewText::of(&preview);
        assert_eq!(
            text.0,
            "title=Sommer+%26+%3CS%C3%B6hne%3E&image=https%3A%2F%2Fexample.com%2Fa.png%3Fb%3Dc%26d"
        );
        assert_eq!(text.parse(), preview);
        let later = PreviewText("video=x&title=a&image=javascript:1".to_owned());
        assert_eq!(later.parse(), LinkPreview { title: Some("a".to_owned()), ..LinkPreview::default() });
    }
}
