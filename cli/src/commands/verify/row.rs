//! A row of what is verified: an old short URL, a new one, and where both should lead.

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Of the line, or of the record where one goes over several lines; from 1, with the header.
    pub number: u64,
    pub old: Option<String>,
    pub new: Option<String>,
    pub expected: Option<String>,
    /// Why there is nothing to compare.
    pub problem: Option<String>,
}

impl Row {
    /// Two of the three are enough.
    pub fn new(number: u64, old: Option<String>, new: Option<String>, expected: Option<String>) -> Self {
        let [old, new, expected] = [old, new, expected]
            .map(|text| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()));
        let (old, new) = (old.map(|url| with_scheme(&url)), new.map(|url| with_scheme(&url)));
        let count = [&old, &new, &expected].into_iter().flatten().count();
        let problem = (count < 2).then(|| "there is nothing to compare".to_owned());
        Self { number, old, new, expected, problem }
    }
}

/// Bitly's ids are short URLs without a scheme.
fn with_scheme(url: &str) -> String {
    if url.contains("://") { url.to_owned() } else { format!("https://{url}") }
}
