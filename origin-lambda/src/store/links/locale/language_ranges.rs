//! Expands a rule's language to every tag that browsers send for it, by CLDR's aliases and likely scripts, so that the edge only
//! compares: `no` also matches `nb`, `he` matches `iw`, and `zh-Hant` matches `zh-HK`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use icu_locale::fallback::LocaleFallbackerBorrowed;
use icu_locale::subtags::{Language as LanguageSubtag, Region, Script, language};
use icu_locale::{
    LanguageIdentifier, Locale, LocaleCanonicalizer, LocaleExpander, LocaleFallbacker, TransformResult,
};
use link_core::record::rules::{Language, Rule};

use crate::store::links::locale::countries;

/// Codes that browsers and operating systems send, or used to send, in place of a language's canonical one, which CLDR knows.
const ALIASES: [&str; 24] = [
    "iw", "in", "ji", "jw", "mo", "tl", "sh", "tw", "cmn", "arb", "zsm", "pes", "prs", "swh", "swc", "uzn",
    "azj", "khk", "ekk", "lvs", "nob", "nno", "npi", "plt",
];
/// The languages meant by the codes of countries for which CLDR's likely language is another one (Russian) or none.
const NATIONAL_LANGUAGES: [(&str, &str); 3] = [("BY", "be"), ("GB", "en"), ("KZ", "kk")];
/// Bounds the memory; there are some thousands of languages.
const MAX_CACHED: usize = 2_000;

struct Cldr {
    canonicalizer: LocaleCanonicalizer,
    expander: LocaleExpander,
    fallbacker: LocaleFallbackerBorrowed<'static>,
    regions: Vec<Region>,
    aliases: Vec<(&'static str, LanguageIdentifier)>,
}

thread_local! {
    /// Per thread, since the library's types are not `Sync`.
    static CLDR: Cldr = {
        let canonicalizer = LocaleCanonicalizer::new_extended();
        let aliases = ALIASES.into_iter().filter_map(|alias| Some((alias, canonical(&canonicalizer, alias)?)));
        Cldr {
            aliases: aliases.collect(),
            expander: LocaleExpander::new_extended(),
            fallbacker: LocaleFallbacker::new(),
            regions: countries::all().filter_map(|country| country.parse().ok()).collect(),
            canonicalizer,
        }
    };
    static EXPANSIONS: RefCell<BTreeMap<Language, Vec<Language>>> = const { RefCell::new(BTreeMap::new()) };
}

fn canonical(canonicalizer: &LocaleCanonicalizer, tag: &str) -> Option<LanguageIdentifier> {
    let mut locale: Locale = tag.parse().ok()?;
    canonicalizer.canonicalize(&mut locale);
    Some(locale.id)
}

/// Reads a language from the API.
pub(crate) fn parse(text: &str) -> Result<Language, String> {
    let language: Language =
        text.parse().map_err(|error: link_core::record::rules::NotALanguage| error.to_string())?;
    let primary = text.split('-').next().unwrap_or_default();
    if !matches!(primary.len(), 2 | 3) || text.contains('~') {
        return Err("must be a language such as de or pt-BR (BCP 47)".to_owned());
    }
    // CLDR knows every language with a two-letter code.
    if primary.len() == 2 && !CLDR.with(|cldr| cldr.is_known(primary)) {
        return Err(match CLDR.with(|cldr| cldr.language_of_country(primary)) {
            Some(language) => format!("must be a language such as {language}: {primary} is a country"),
            None => format!("must be a language such as de or pt-BR (BCP 47); {primary} is not a language"),
        });
    }
    Ok(language)
}

/// The rules with their languages expanded, as the edge compares them.
pub(crate) fn expand(mut rules: Vec<Rule>) -> Vec<Rule> {
    for rule in rules.iter_mut().filter(|rule| !rule.conditions.language.is_empty()) {
        let ranges = rule.conditions.language.iter().flat_map(ranges);
        rule.conditions.language = ranges.collect::<BTreeSet<_>>().into_iter().collect();
    }
    rules
}

/// Cached, since every resolution of such a link needs them and some languages take a look at every region.
fn ranges(written: &Language) -> Vec<Language> {
    if let Some(ranges) = EXPANSIONS.with_borrow(|cache| cache.get(written).cloned()) {
        return ranges;
    }
    let ranges = CLDR.with(|cldr| cldr.ranges(written.as_str()));
    let ranges: Vec<Language> = ranges.into_iter().filter_map(|range| range.parse().ok()).collect();
    EXPANSIONS.with_borrow_mut(|cache| {
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(written.clone(), ranges.clone());
    });
    ranges
}

impl Cldr {
    fn is_known(&self, primary: &str) -> bool {
        canonical(&self.canonicalizer, primary)
            .is_some_and(|mut tag| self.expander.maximize(&mut tag) == TransformResult::Modified)
    }

    fn language_of_country(&self, code: &str) -> Option<String> {
        let country = countries::parse(code).ok()?;
        let national = NATIONAL_LANGUAGES.iter().find(|(known, _)| *known == country.as_str());
        if let Some((_, language)) = national {
            return Some((*language).to_owned());
        }
        let mut tag: LanguageIdentifier = format!("und-{country}").parse().ok()?;
        self.expander.maximize(&mut tag);
        (!tag.language.is_unknown()).then(|| tag.language.to_string())
    }

    fn ranges(&self, written: &str) -> BTreeSet<String> {
        // The tag as it was written always matches.
        let mut ranges = BTreeSet::from([written.to_owned()]);
        let Some(tag) = canonical(&self.canonicalizer, without_extended_language(written)) else {
            return ranges;
        };
        if !tag.variants.is_empty() {
            ranges.insert(tag.to_string().to_ascii_lowercase());
            return ranges;
        }
        for spelled in self.spellings(tag.language) {
            ranges.extend(
                self.ranges_of(spelled.as_str(), &LanguageIdentifier { language: spelled, ..tag.clone() }),
            );
        }
        for (alias, canonical) in &self.aliases {
            ranges.extend(self.ranges_of_alias(alias, canonical, &tag));
        }
        ranges.into_iter().map(|range| range.to_ascii_lowercase()).collect()
    }

    /// Codes of one language: Norwegian has two written forms (ISO 639-3: a macrolanguage), and browsers send any of the three.
    fn spellings(&self, language: LanguageSubtag) -> Vec<LanguageSubtag> {
        let [norwegian, bokmal, nynorsk] = [language!("no"), language!("nb"), language!("nn")];
        match language {
            language if language == norwegian => vec![norwegian, bokmal, nynorsk],
            language if language == bokmal => vec![bokmal, norwegian],
            _ => vec![language],
        }
    }

    /// `spelled` is a code that a browser may send for the tag's language.
    fn ranges_of(&self, spelled: &str, tag: &LanguageIdentifier) -> Vec<String> {
        let language = tag.language;
        match (tag.script, tag.region) {
            (None, None) => vec![spelled.to_owned()],
            (None, Some(region)) => {
                let likely = self.likely_script(language, Some(region));
                let with_script = likely.map(|script| format!("{spelled}-{script}-{region}"));
                let within =
                    self.regions_within(language, region).map(|region| format!("{spelled}-{region}"));
                [format!("{spelled}-{region}")].into_iter().chain(with_script).chain(within).collect()
            }
            (Some(script), Some(region)) => {
                let is_likely = self.likely_script(language, Some(region)) == Some(script);
                let bare = is_likely.then(|| format!("{spelled}-{region}"));
                [format!("{spelled}-{script}-{region}")].into_iter().chain(bare).collect()
            }
            (Some(script), None) => {
                let mut ranges = vec![format!("{spelled}-{script}")];
                let is_likely =
                    |region: &&Region| self.likely_script(language, Some(**region)) == Some(script);
                if self.likely_script(language, None) == Some(script) {
                    let others = self.regions.iter().filter(|region| !is_likely(region));
                    let exceptions: Vec<_> = others.map(Region::to_string).collect();
                    ranges.push(format!("{spelled}~{}", exceptions.join("~")));
                } else {
                    let regions = self.regions.iter().filter(is_likely);
                    ranges.extend(regions.map(|region| format!("{spelled}-{region}")));
                }
                ranges
            }
        }
    }

    /// An alias may include a script or region: `sh` is Serbian in Latin letters.
    fn ranges_of_alias(
        &self,
        alias: &str,
        canonical: &LanguageIdentifier,
        tag: &LanguageIdentifier,
    ) -> Vec<String> {
        let is_spelling = self.spellings(tag.language).contains(&canonical.language);
        if !is_spelling {
            return Vec::new();
        }
        if canonical.script.is_none() && canonical.region.is_none() {
            return self.ranges_of(alias, tag);
        }
        let script = canonical.script.or_else(|| self.likely_script(canonical.language, canonical.region));
        let fits = tag.script.is_none_or(|wanted| Some(wanted) == script)
            && tag.region.is_none_or(|wanted| canonical.region.is_none_or(|region| region == wanted));
        match (fits, tag.region.filter(|_| canonical.region.is_none())) {
            (false, _) => Vec::new(),
            (true, None) => vec![alias.to_owned()],
            (true, Some(region)) => vec![format!("{alias}-{region}")],
        }
    }

    fn likely_script(&self, language: LanguageSubtag, region: Option<Region>) -> Option<Script> {
        let mut tag = LanguageIdentifier { language, region, ..LanguageIdentifier::UNKNOWN };
        self.expander.maximize(&mut tag);
        tag.script
    }

    /// The countries of a larger area, as CLDR has them for this language: Mexico for `es-419`.
    fn regions_within(&self, language: LanguageSubtag, area: Region) -> impl Iterator<Item = Region> {
        let is_area = area.as_str().bytes().all(|byte| byte.is_ascii_digit());
        let of_area = LanguageIdentifier { language, region: Some(area), ..LanguageIdentifier::UNKNOWN };
        self.regions.iter().copied().filter(move |region| {
            let tag = LanguageIdentifier { region: Some(*region), ..of_area.clone() };
            is_area && self.has_ancestor(&tag, &of_area)
        })
    }

    fn has_ancestor(&self, tag: &LanguageIdentifier, ancestor: &LanguageIdentifier) -> bool {
        let mut chain = self.fallbacker.for_config(Default::default()).fallback_for(tag.into());
        while !chain.get().is_unknown() {
            if *chain.get() == ancestor.into() {
                return true;
            }
            chain.step();
        }
        false
    }
}

/// `zh-yue` is an old spelling of `yue` (RFC 5646, section 2.2.2).
fn without_extended_language(tag: &str) -> &str {
    let is_language =
        |subtag: &str| subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut subtags = tag.splitn(3, '-');
    let extended = (subtags.next(), subtags.next());
    match (extended, tag.split_once('-')) {
        ((Some(_), Some(second)), Some((_, rest))) if is_language(second) => rest,
        _ => tag,
    }
}

#[cfg(test)]
mod tests;
