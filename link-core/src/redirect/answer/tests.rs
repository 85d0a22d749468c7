//! Tests of pages, redirects and what a domain answers.

use super::*;
use crate::record::Revision;
use crate::record::domain::LogoMark;
use crate::record::preview::LinkPreview;
use crate::record::tests::record;
use crate::redirect::decision::decide;
use crate::redirect::visit::Visit;
use crate::time::UnixMillis;

fn shown(response: &Answer) -> String {
    let headers: String = response.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{}\n{headers}\n{}", response.status, response.body)
}

#[test]
fn answers_are_unchanged() {
    let record = record();
    let decision = decide(&record, &Visit::default(), UnixMillis(0));
    let Decision::Redirect { location, .. } = decision.clone() else { panic!("{decision:?}") };
    let page = PageContext::default();
    let to = |decision| Answer::to(&decision, page);
    let domain: Domain = "go.example.com".parse().unwrap();
    let no_link = |fallback| Answer::no_link("/x", &domain, fallback, page);
    let answers = [
        to(decision.clone()).served_from(CacheTier::Origin, 12),
        Answer::redirect(RedirectStatus::PermanentRedirect, &location, true),
        to(decision.clone()).after_form(false, page),
        to(decision).after_form(true, page),
        no_link(Some(&record.url)),
        no_link(None),
        to(Decision::Preview { location }),
        to(Decision::Password),
        Answer::password_wrong(page),
        Answer::too_many_passwords(2, page),
        to(Decision::AskGate),
        to(Decision::Withheld(Withheld::Preview)),
        to(Decision::Withheld(Withheld::Prefetch)),
        to(Decision::NotYet),
        to(Decision::Gone(GoneReason::Expired)),
        to(Decision::Gone(GoneReason::Exhausted)),
        to(Decision::Gone(GoneReason::Disabled)),
        to(Decision::Gone(GoneReason::Loop)),
        to(Decision::MethodNotAllowed),
        Answer::removed(page),
        Answer::too_many_requests(7, page),
        Answer::busy(page),
        Answer::unavailable(page),
        Answer::internal_error(page),
        Answer::to_https("https://go.example.com/a".to_owned()),
        Answer::form_over_http(page),
        Answer::robots(&DomainSettings::default()),
    ];
    insta::assert_snapshot!(answers.iter().map(shown).collect::<Vec<_>>().join("\n---\n"));
}

fn location(answer: &Answer) -> Option<&str> {
    answer.headers.iter().find(|(name, _)| *name == "location").map(|(_, value)| value.as_ref())
}

fn url(text: &str) -> Destination {
    text.to_owned().try_into().unwrap()
}

#[test]
fn domain_says_where_its_home_and_unknown_paths_lead() {
    let (domain, other): (Domain, Domain) =
        ("s.brand.example".parse().unwrap(), "go.example.com".parse().unwrap());
    let settings = DomainSettings {
        home_url: Some(url("https://brand.example/")),
        not_found_url: Some("https://brand.example/{path}".to_owned().try_into().unwrap()),
        ..DomainSettings::default()
    };
    let (set, unset) = (PageContext::of(None, Some(&settings)), PageContext::default());
    let fallback = url("https://fallback.example/");
    let home = |fallback, context| {
        let links = HomeLinks { fallback, default_domain: &other, dashboard_host: None };
        Answer::home(&domain, &links, context)
    };
    let unknown = |fallback, context| Answer::no_link("/a/b", &domain, fallback, context);
    assert_eq!(location(&home(Some(&fallback), set)), Some("https://brand.example/"));
    assert_eq!(location(&home(Some(&fallback), unset)), Some("https://fallback.example/"));
    assert_eq!(location(&unknown(Some(&fallback), set)), Some("https://brand.example/a/b"));
    assert_eq!(location(&unknown(Some(&fallback), unset)), Some("https://fallback.example/"));
    assert_eq!((location(&unknown(None, unset)), unknown(None, unset).status), (None, 404));
    let page = home(None, unset);
    assert_eq!((location(&page), page.status), (None, 200));
    assert!(page.body.contains("href=\"https://go.example.com/dashboard/\""), "{}", page.body);
}

#[test]
fn own_preview_is_a_page_of_escaped_tags() {
    let preview = |title: Option<&str>, description: Option<&str>, image: Option<&str>| {
        let text = |text: &str| text.to_owned();
        let preview =
            LinkPreview { title: title.map(text), description: description.map(text), image: image.map(url) };
        let settings = DomainSettings { name: Some("A & B".to_owned()), ..DomainSettings::default() };
        let context = PageContext::of(Some("de"), Some(&settings));
        shown(&Answer::own_preview(&PreviewText::of(&preview), context))
    };
    let hostile = "\"><script>alert('x')</script>";
    let pages = [
        preview(Some("Söhne & Töchter"), Some(hostile), Some("https://a.test/i.png?a='&b=1")),
        preview(None, Some("d"), None),
    ];
    assert!(pages.iter().all(|page| !page.contains("<script") && !page.contains("lang=")));
    insta::assert_snapshot!(pages.join("\n---\n"));
}

#[test]
fn logo_is_sent_as_bytes() {
    let links =
        HomeLinks { fallback: None, default_domain: &"a.test".parse().unwrap(), dashboard_host: None };
    let logo = Resolution::Document { revision: Revision(1), document: crate::hex::hex(b"\x89PNG") };
    let route = DomainRoute::File(DomainDocument::Logo);
    let answer = Answer::of_domain(&route, links.default_domain, &logo, &links, PageContext::default());
    assert_eq!(answer.into_bytes(), b"\x89PNG");
    assert_eq!(Answer::not_found(PageContext::default()).into_bytes().first(), Some(&b'<'));
}

#[test]
fn picture_of_a_qr_code_may_be_shown_by_any_page() {
    let domain: Domain = "a.test".parse().unwrap();
    let links = HomeLinks { fallback: None, default_domain: &domain, dashboard_host: None };
    let answer = |is_png: bool, resolution: Resolution| {
        let image = QrImage { code: "a".parse().unwrap(), is_png, pixels: 512 };
        let route = DomainRoute::Qr(image);
        let answer = Answer::of_domain(&route, &domain, &resolution, &links, PageContext::default());
        let header = |name| {
            answer.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.to_string())
        };
        let about = ["content-type", "cross-origin-resource-policy", "content-security-policy"].map(header);
        (answer.status, about, answer.into_bytes())
    };
    let document = |text: &str| Resolution::Document { revision: Revision(1), document: text.to_owned() };
    let some = |text: &str| Some(text.to_owned());
    let (png, svg) = (answer(true, document("89504e47")), answer(false, document("<svg/>")));
    assert_eq!((png.0, png.2.as_slice()), (200, b"\x89PNG".as_slice()));
    assert_eq!(png.1, [some("image/png"), some("cross-origin"), None]);
    let policy = some("default-src 'none'; img-src data:; sandbox");
    assert_eq!(
        (svg.1, svg.2.as_slice()),
        ([some("image/svg+xml"), some("cross-origin"), policy], b"<svg/>".as_slice())
    );
    assert_eq!(answer(true, Resolution::NotFound).0, 404);
    assert_eq!(answer(true, Resolution::Deleted { revision: Revision(1) }).0, 410);
}

#[test]
fn no_setting_leads_back_to_its_domain() {
    let domain: Domain = "brand.example".parse().unwrap();
    let settings = DomainSettings {
        home_url: Some(url("https://brand.example/")),
        not_found_url: Some("https://brand.example/{path}".to_owned().try_into().unwrap()),
        ..DomainSettings::default()
    };
    let context = PageContext::of(None, Some(&settings));
    let links = HomeLinks { fallback: None, default_domain: &domain, dashboard_host: None };
    let page = Answer::home(&domain, &links, context);
    assert!(page.status == 200 && page.body.contains("href=\"/dashboard/\""), "{page:?}");
    assert_eq!(Answer::no_link("/a", &domain, None, context).status, 404);
}

#[test]
fn page_has_the_visitors_language_and_the_domains_name_and_color() {
    let settings = DomainSettings {
        name: Some("Brand & <Sons>".to_owned()),
        color: Some("1d4ed8".parse().unwrap()),
        logo: Some(LogoMark::of(b"png")),
        ..DomainSettings::default()
    };
    let german = PageContext::of(Some("de-AT, en;q=0.5"), Some(&settings));
    for page in [
        Answer::to(&Decision::Password, german),
        Answer::to(&Decision::NotYet, german),
        Answer::to(&Decision::Gone(GoneReason::Expired), german),
        Answer::not_found(german),
    ] {
        assert!(page.body.contains("<html lang=\"de\">"), "{}", page.body);
        assert!(page.body.contains("Brand &amp; &lt;Sons&gt;") && page.body.contains("#1d4ed8"));
        assert!(page.body.len() < 2_500, "{} bytes", page.body.len());
    }
    insta::assert_snapshot!(shown(&Answer::to(&Decision::Password, german)));
}
