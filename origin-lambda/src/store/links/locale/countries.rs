//! The countries that a rule may name, and suggestions for codes that no visitor has.

use icu_locale::{Locale, LocaleCanonicalizer};
use link_core::record::rules::Country;

/// ISO 3166-1 alpha-2, as of 2026.
const ISO_3166_1: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";
/// Further codes that Cloudflare sends: Kosovo, an unknown country, and Tor
/// (<https://developers.cloudflare.com/network/ip-geolocation/>).
const CLOUDFLARE_CODES: [&str; 3] = ["XK", "XX", "T1"];

pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    ISO_3166_1.split(' ').chain(CLOUDFLARE_CODES)
}

pub(crate) fn parse(text: &str) -> Result<Country, String> {
    let country: Country =
        text.parse().map_err(|error: link_core::record::rules::NotACountry| error.to_string())?;
    if all().any(|known| known == country.as_str()) {
        return Ok(country);
    }
    Err(match replacement(country.as_str()) {
        Some(replacement) => {
            format!("must be {replacement}: {country} is not in ISO 3166-1, and no visitor has it")
        }
        None => format!("must be a country of ISO 3166-1 such as DE; {country} is not one"),
    })
}

/// The current code of a country, by CLDR's aliases, which include former codes and countries.
fn replacement(code: &str) -> Option<String> {
    // The European Union's code for Greece.
    if code == "EL" {
        return Some("GR".to_owned());
    }
    let mut tag: Locale = format!("und-{code}").parse().ok()?;
    LocaleCanonicalizer::new_common().canonicalize(&mut tag);
    let region = tag.id.region?.as_str().to_owned();
    all().any(|known| known == region).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_and_cloudflare_codes_are_accepted() {
        for code in ["DE", "de", "GB", "XK", "XX", "T1", "AX"] {
            assert_eq!(parse(code).map(|country| country.to_string()), Ok(code.to_uppercase()), "{code}");
        }
        assert_eq!(all().count(), 249 + 3);
    }

    #[test]
    fn code_that_no_visitor_has_is_rejected_with_a_suggestion() {
        for (code, meant) in [
            ("UK", "GB"),
            ("uk", "GB"),
            ("EL", "GR"),
            ("FX", "FR"),
            ("DD", "DE"),
            ("BU", "MM"),
            ("ZR", "CD"),
            ("TP", "TL"),
            ("SU", "RU"),
            ("YU", "RS"),
        ] {
            assert!(parse(code).unwrap_err().starts_with(&format!("must be {meant}: ")), "{code}");
        }
        for code in ["EU", "ZZ", "QQ", "00", "A1", "DEU", "", "D", "Germany"] {
            assert!(parse(code).is_err(), "{code}");
        }
    }
}
