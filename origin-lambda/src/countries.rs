//! Which countries a rule may name, and what is meant by codes that no visitor ever has.

use icu_locale::{Locale, LocaleCanonicalizer};
use link_core::rules::Country;

/// ISO 3166-1 alpha-2, as of 2026.
const ISO_3166_1: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";
/// What Cloudflare says besides: Kosovo, a country that is not known, and Tor
/// (<https://developers.cloudflare.com/network/ip-geolocation/>).
const OF_CLOUDFLARE: [&str; 3] = ["XK", "XX", "T1"];

pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    ISO_3166_1.split(' ').chain(OF_CLOUDFLARE)
}

pub(crate) fn parse(text: &str) -> Result<Country, String> {
    let country: Country = text.parse().map_err(|error: link_core::rules::NotACountry| error.to_string())?;
    if all().any(|known| known == country.as_str()) {
        return Ok(country);
    }
    Err(match meant(country.as_str()) {
        Some(meant) => {
            format!("must be {meant}: {country} is no country of ISO 3166-1, and visitors never have it")
        }
        None => format!("must be a country of ISO 3166-1 such as DE; {country} is none"),
    })
}

/// By CLDR's aliases, which know what countries were called and what they have become.
fn meant(code: &str) -> Option<String> {
    // The European Union's own code.
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
    fn countries_of_the_standard_and_of_cloudflare_are_taken() {
        for code in ["DE", "de", "GB", "XK", "XX", "T1", "AX"] {
            assert_eq!(parse(code).map(|country| country.to_string()), Ok(code.to_uppercase()), "{code}");
        }
        assert_eq!(all().count(), 249 + 3);
    }

    #[test]
    fn code_that_no_visitor_has_is_refused_with_the_right_one() {
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
