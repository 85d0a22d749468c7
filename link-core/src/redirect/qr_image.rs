//! The picture of a link's QR code, which needs no key: `/{code}+qr.svg` and `/{code}+qr.png`. The origin draws it; the edge looks it up
//! under a name of its own and caches it like a document, with the tags of what it shows.

use crate::names::domain::Domain;
use crate::names::reserved::is_reserved;
use crate::names::slug::Slug;
use crate::publication::cache_tag;
use crate::record::domain::DomainDocument;
use crate::redirect::link_path::decode_slug;

/// Pixels of each side.
pub const SIZES: [u16; 3] = [256, 512, 1_024];
const DEFAULT_SIZE: u16 = 512;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrImage {
    pub code: Slug,
    pub is_png: bool,
    /// One of [`SIZES`].
    pub pixels: u16,
}

impl QrImage {
    /// The picture that a path means, percent-encoded. Any other `size` than those that are drawn is the default: a page shows the picture
    /// rather than nothing. A link that forwards paths never gets such a path.
    #[inline]
    pub fn at(path: &str, query: &str, nfc: &impl Fn(&str) -> String) -> Option<Self> {
        let (rest, is_png) = match path.strip_suffix("qr.png") {
            Some(rest) => (rest, true),
            None => (path.strip_suffix("qr.svg")?, false),
        };
        let encoded = || rest.strip_suffix("%2B").or_else(|| rest.strip_suffix("%2b"));
        let name = rest.strip_suffix('+').or_else(encoded)?.strip_prefix('/')?;
        let code = decode_slug(name, nfc).filter(|code| !is_reserved(code.first_segment()))?;
        let size = query.split('&').find_map(|pair| pair.strip_prefix("size="));
        let pixels = SIZES.into_iter().find(|pixels| size.is_some_and(|size| size.parse() == Ok(*pixels)));
        Some(Self { code, is_png, pixels: pixels.unwrap_or(DEFAULT_SIZE) })
    }

    /// The name under which it is looked up. No link can have it.
    pub fn slug(&self) -> Slug {
        let kind = if self.is_png { "png" } else { "svg" };
        Slug::reserved(format!("{}+qr.{kind}.{}", self.code, self.pixels))
    }

    pub fn of(name: &str) -> Option<Self> {
        let (code, kind) = name.rsplit_once("+qr.")?;
        let (kind, pixels) = kind.split_once('.')?;
        let is_png = kind == "png";
        let pixels = pixels.parse().ok().filter(|pixels| SIZES.contains(pixels))?;
        let code = code.parse().ok().filter(|_| is_png || kind == "svg")?;
        Some(Self { code, is_png, pixels })
    }
}

/// The value of `Cache-Tag` for what is cached under a name: a picture goes with its link, whose name may be spelled otherwise, and with
/// the domain's settings.
#[inline]
pub fn cache_tags(domain: &Domain, name: &Slug, fold: &impl Fn(&str) -> String) -> String {
    let Some((code, _)) = name.as_str().rsplit_once("+qr.") else { return cache_tag(domain, name) };
    let code = Slug::reserved(code);
    let folded = code.folded(fold);
    let names = [Some(&DomainDocument::Settings.slug()), Some(&code), folded.as_ref()];
    names.into_iter().flatten().map(|name| cache_tag(domain, name)).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str, query: &str) -> Option<(String, bool, u16)> {
        let image = QrImage::at(path, query, &str::to_owned)?;
        assert_eq!(QrImage::of(image.slug().as_str()), Some(image.clone()), "{path}");
        Some((image.code.to_string(), image.is_png, image.pixels))
    }

    #[test]
    fn picture_is_a_name_with_format_and_size() {
        let is = |code: &str, is_png, pixels| Some((code.to_owned(), is_png, pixels));
        for (path, query, expected) in [
            ("/00Aa9Zz+qr.svg", "", is("00Aa9Zz", false, 512)),
            ("/00Aa9Zz+qr.png", "size=1024", is("00Aa9Zz", true, 1_024)),
            ("/00Aa9Zz%2Bqr.png", "a=b&size=256", is("00Aa9Zz", true, 256)),
            ("/sommer/gr%C3%BC%C3%9Fe%2bqr.png", "size=4096", is("sommer/grüße", true, 512)),
            ("/a+qr.svg", "size=", is("a", false, 512)),
            ("/a+qr.gif", "", None),
            ("/a+qr.PNG", "", None),
            ("/aqr.png", "", None),
            ("/+qr.png", "", None),
            ("/a++qr.png", "", None),
            ("/a+qr.png/", "", None),
            ("/api/v1+qr.png", "", None),
            ("+qr.png", "", None),
        ] {
            assert_eq!(at(path, query), expected, "{path}?{query}");
        }
        for name in ["a", "a+qr.png", "a+qr.png.300", "a+qr.gif.512", "+qr.png.512", "a+qr.png.512.1"] {
            assert_eq!(QrImage::of(name), None, "{name}");
        }
    }

    #[test]
    fn picture_is_purged_with_its_link_and_the_domains_settings() {
        let (domain, code): (Domain, Slug) = ("go.example.com".parse().unwrap(), "a".parse().unwrap());
        let image = QrImage { code: code.clone(), is_png: true, pixels: 512 };
        let settings = cache_tag(&domain, &DomainDocument::Settings.slug());
        let tags = |name: &Slug| cache_tags(&domain, name, &str::to_owned);
        assert_eq!(tags(&image.slug()), format!("{settings},{}", cache_tag(&domain, &code)));
        assert_eq!(tags(&code), cache_tag(&domain, &code));
        let capital = QrImage { code: "A".parse().unwrap(), ..image };
        let both = format!("{},{}", cache_tag(&domain, &capital.code), cache_tag(&domain, &code));
        assert_eq!(tags(&capital.slug()), format!("{settings},{both}"));
    }
}
