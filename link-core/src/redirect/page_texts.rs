//! The texts of the pages, in English and in German.

use super::page_context::Text;

/// Contains no character that HTML would read as markup.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageText {
    pub(super) title: Text,
    pub(super) text: Text,
}

const fn page(title: Text, text: Text) -> PageText {
    PageText { title, text }
}

const GONE: Text = ["No longer available", "Nicht mehr verfügbar"];
const ONE_MOMENT: Text = ["One moment, please", "Einen Moment bitte"];

pub(super) const NOT_FOUND: PageText = page(
    ["Link not found", "Link nicht gefunden"],
    [
        "There is no such link. Check the address for typos.",
        "Diesen Link gibt es nicht. Prüfen Sie die Adresse auf Tippfehler.",
    ],
);
pub(super) const HOME: PageText = page(
    ["Short links", "Kurzlinks"],
    [
        "This domain serves short links. Their owners manage them in the dashboard.",
        "Diese Domain leitet Kurzlinks weiter. Verwaltet werden sie im Dashboard.",
    ],
);
pub(super) const PREVIEW: PageText = page(
    ["This link leads to", "Dieser Link führt zu"],
    [
        "You see this page because the address ended in a plus sign.",
        "Sie sehen diese Seite, weil die Adresse mit einem Pluszeichen endete.",
    ],
);
pub(super) const PASSWORD: PageText = page(
    ["This link is protected", "Dieser Link ist geschützt"],
    [
        "Ask the person who sent you this link for its password.",
        "Fragen Sie die Person, die Ihnen den Link geschickt hat, nach dem Passwort.",
    ],
);
pub(super) const TOO_MANY_PASSWORDS: PageText = page(
    ONE_MOMENT,
    [
        "Too many passwords were tried. Wait a moment, then enter yours again.",
        "Es wurden zu viele Passwörter versucht. Warten Sie kurz und geben Sie Ihres dann noch einmal ein.",
    ],
);
pub(super) const LIMITED: PageText = page(
    ["Limited link", "Begrenzter Link"],
    [
        "This link can be opened a limited number of times. Follow it to see where it leads.",
        "Dieser Link lässt sich nur begrenzt oft öffnen. Folgen Sie ihm, um zu sehen, wohin er führt.",
    ],
);
pub(super) const GATE_UNAVAILABLE: PageText = page(
    ONE_MOMENT,
    [
        "This link has a limited number of visits, and we cannot check right now if any are left. Try again in a few seconds.",
        "Dieser Link hat eine begrenzte Zahl von Aufrufen, und wir können gerade nicht prüfen, ob noch welche übrig sind. \
         Versuchen Sie es in ein paar Sekunden noch einmal.",
    ],
);
pub(super) const NOT_YET: PageText = page(
    ["Not yet", "Noch nicht"],
    [
        "This link is not active yet. Come back later.",
        "Dieser Link ist noch nicht aktiv. Schauen Sie später noch einmal vorbei.",
    ],
);
pub(super) const EXPIRED: PageText = page(GONE, ["This link has expired.", "Dieser Link ist abgelaufen."]);
pub(super) const EXHAUSTED: PageText = page(
    GONE,
    [
        "This link has reached its maximum number of visits.",
        "Dieser Link hat die Höchstzahl seiner Aufrufe erreicht.",
    ],
);
pub(super) const DISABLED: PageText =
    page(GONE, ["This link has been disabled.", "Dieser Link wurde deaktiviert."]);
pub(super) const LOOP: PageText =
    page(GONE, ["This link leads back to itself.", "Dieser Link führt zu sich selbst zurück."]);
pub(super) const REMOVED: PageText =
    page(GONE, ["This link has been removed.", "Dieser Link wurde gelöscht."]);
pub(super) const METHOD_NOT_ALLOWED: PageText = page(
    ["Method not allowed", "Methode nicht erlaubt"],
    [
        "This link can only be followed with GET or HEAD.",
        "Diesem Link kann man nur mit GET oder HEAD folgen.",
    ],
);
pub(super) const TOO_MANY_REQUESTS: PageText = page(
    ["Too many requests", "Zu viele Anfragen"],
    [
        "Your network sent too many requests. Wait a moment and try again.",
        "Aus Ihrem Netz kamen zu viele Anfragen. Warten Sie kurz und versuchen Sie es noch einmal.",
    ],
);
pub(super) const BUSY: PageText = page(
    ONE_MOMENT,
    [
        "Many links are being looked up right now. Try again in a second.",
        "Gerade werden sehr viele Links aufgerufen. Versuchen Sie es gleich noch einmal.",
    ],
);
pub(super) const UNAVAILABLE: PageText = page(
    ONE_MOMENT,
    [
        "This link cannot be looked up right now. Try again in a few seconds.",
        "Dieser Link lässt sich gerade nicht nachschlagen. Versuchen Sie es in ein paar Sekunden noch einmal.",
    ],
);
pub(super) const INTERNAL_ERROR: PageText = page(
    ["Something went wrong", "Etwas ist schiefgegangen"],
    [
        "Something went wrong on our side, and it has been logged. Try again later.",
        "Bei uns ist etwas schiefgegangen, und wir haben es vermerkt. Versuchen Sie es später noch einmal.",
    ],
);
pub(super) const FORM_OVER_HTTP: PageText = page(
    ["Use https", "Bitte https verwenden"],
    [
        "This connection is not encrypted, so we ignored the password that you entered. Open the link again with https.",
        "Diese Verbindung ist nicht verschlüsselt, deshalb haben wir Ihr Passwort nicht verwendet. Öffnen Sie den Link noch \
         einmal mit https.",
    ],
);
pub(super) const UNLOCKED: PageText =
    page(["Link unlocked", "Link freigegeben"], ["You are being redirected.", "Sie werden weitergeleitet."]);

pub(super) const PASSWORD_WRONG: Text = ["That password is not correct.", "Dieses Passwort stimmt nicht."];
pub(super) const PASSWORD_NOT_CHECKED: Text =
    ["Your password was not checked.", "Ihr Passwort wurde nicht geprüft."];
pub(super) const PASSWORD_LABEL: Text = ["Password", "Passwort"];
pub(super) const CONTINUE: Text = ["Continue", "Weiter"];
pub(super) const GO_THERE: Text = ["Go there", "Dorthin"];
pub(super) const OPEN_DASHBOARD: Text = ["Open the dashboard", "Dashboard öffnen"];
