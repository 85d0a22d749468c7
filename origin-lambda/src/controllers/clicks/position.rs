//! A click's position as part of a cursor.

use link_core::time::UnixMillis;

use crate::http::timestamp;
use crate::store::clicks::ClickPosition;

pub(super) fn format(position: ClickPosition) -> String {
    let ClickPosition { time, producer, batch, position } = position;
    format!("{}.{}.{batch}.{position}", time.0, producer.simple())
}

pub(super) fn parse(text: &str) -> Option<ClickPosition> {
    let mut parts = text.split('.');
    let position = ClickPosition {
        time: UnixMillis(parts.next()?.parse().ok()?),
        producer: parts.next()?.parse().ok()?,
        batch: parts.next()?.parse().ok()?,
        position: parts.next()?.parse().ok()?,
    };
    (parts.next().is_none() && timestamp::is_representable(position.time)).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_round_trips() {
        let position =
            ClickPosition { time: UnixMillis(1), producer: uuid::Uuid::from_u128(2), batch: 3, position: 4 };
        assert_eq!(parse(&format(position)), Some(position));
        for wrong in ["", "1", "1.2.3.4.5", "1.x.3.4", "a.b.c.d"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
